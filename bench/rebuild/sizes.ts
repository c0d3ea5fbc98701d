/** The sizes that the figures are about. */
export interface Sizes {
  /** Events in the log: the smaller and the larger of the two that are compared. */
  readonly small: number;
  readonly large: number;
  /** Rebuilds of all read models on a quiet system, and beside the load. */
  readonly quietRounds: number;
  readonly loadedRounds: number;
  /** Events that emmett rebuilds from, and its rounds. */
  readonly emmett: number;
  readonly emmettRounds: number;
  readonly insertRounds: number;
  /** FLUSHALLs beside the load, with the smaller log and with the larger. */
  readonly flushes: { readonly small: number; readonly large: number };
  /** The load before the first rebuild: the lag is compared with this time. */
  readonly calmSeconds: number;
  /** Per second. */
  readonly sends: number;
  readonly reads: number;
}

export const FULL: Sizes = {
  small: 100_000,
  large: 1_000_000,
  quietRounds: 2,
  loadedRounds: 2,
  emmett: 20_000,
  emmettRounds: 2,
  insertRounds: 4,
  flushes: { small: 3, large: 1 },
  calmSeconds: 10,
  sends: 20,
  reads: 40,
};

/** A run that only shows that the scenario works: the figures say little. */
export const QUICK: Sizes = {
  ...FULL,
  small: 5_000,
  large: 20_000,
  quietRounds: 1,
  loadedRounds: 1,
  emmett: 2_000,
  emmettRounds: 1,
  insertRounds: 1,
  flushes: { small: 1, large: 1 },
  calmSeconds: 3,
};
