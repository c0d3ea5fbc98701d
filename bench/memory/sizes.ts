export interface Sizes {
  readonly rounds: number;
  /** Idle subscriptions at which the memory is taken, growing. */
  readonly steps: readonly number[];
  /** Connected and subscribed before the first measurement, so that code and caches are there. */
  readonly warmUp: number;
}

// Often a process may open 20,000 files: the sockets are fewer.
export const FULL: Sizes = { rounds: 3, steps: [1_000, 5_000, 10_000, 19_000], warmUp: 500 };
export const QUICK: Sizes = { rounds: 1, steps: [200, 1_000], warmUp: 100 };
