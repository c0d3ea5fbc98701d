export interface Sizes {
  readonly rounds: number;
  readonly seconds: number;
  /** Api processes, and the users who wait at each: the open files of a process are limited. */
  readonly processes: number;
  readonly usersOfProcess: number;
}

export const FULL: Sizes = { rounds: 3, seconds: 60, processes: 2, usersOfProcess: 10_000 };
export const QUICK: Sizes = { rounds: 1, seconds: 5, processes: 2, usersOfProcess: 250 };

/** Requests that the issuer decides in a second: most users still wait at the end. */
export const ISSUED_PER_SECOND = 50;
