import type { Partition } from '../domain/ids.js';

/** The measurements of one stored batch. */
export interface StoredSample {
  readonly partition: Partition;
  readonly records: number;
  /** From asking for a connection to having it, in milliseconds. */
  readonly waitMs: number;
  /** From having the connection to the end of the commit, in milliseconds. */
  readonly commitMs: number;
}

/** The rate limit of a decider. Shared by all partitions of a process. */
export interface Pace {
  /**
   * Waits until some of `wanted` records may be decided, and returns their number: 1 … wanted. 0 after an abort of
   * `signal`.
   */
  admit(partition: Partition, wanted: number, signal: AbortSignal): Promise<number>;
  /** A batch was stored. */
  stored(sample: StoredSample): void;
  /** Storing a batch failed for a transient reason. */
  failed(partition: Partition, error: unknown): void;
}

/** No limit. */
export const unpaced: Pace = {
  admit: (_partition, wanted, signal) => Promise.resolve(signal.aborted ? 0 : wanted),
  stored: () => undefined,
  failed: () => undefined,
};
