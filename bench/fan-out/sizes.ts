export interface Sizes {
  readonly rounds: number;
  readonly seconds: number;
  readonly subscribers: readonly number[];
  /** Messages a second. */
  readonly rates: readonly number[];
}

// With 5,000 a connection was reset in the second round on two cores: not understood yet.
export const FULL: Sizes = { rounds: 5, seconds: 5, subscribers: [1_000], rates: [30, 200] };
export const QUICK: Sizes = { rounds: 1, seconds: 2, subscribers: [100, 300], rates: [30, 200] };

/** The subscribers that stop reading, beside the others. */
export const STALLED = 10;
