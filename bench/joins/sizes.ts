export interface Sizes {
  readonly rounds: number;
  readonly seconds: number;
  readonly members: number;
  readonly subscribers: number;
  readonly joinsPerSecond: number;
}

export const FULL: Sizes = { rounds: 5, seconds: 15, members: 100_000, subscribers: 1_000, joinsPerSecond: 1_000 };
export const QUICK: Sizes = { rounds: 1, seconds: 3, members: 1_000, subscribers: 100, joinsPerSecond: 50 };

export const MESSAGES_PER_SECOND = 20;
