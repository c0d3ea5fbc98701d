import type { Partition } from '../domain/ids.js';

/** What storing one batch showed. */
export interface StoredSample {
  readonly partition: Partition;
  readonly records: number;
  /** From asking for a connection to having it, in milliseconds. */
  readonly waitMs: number;
  /** From having the connection to the end of the commit, in milliseconds. */
  readonly commitMs: number;
}

/** How fast a decider may go. Shared by all partitions of a process. */
export interface Pace {
  /**
   * Waits until some of `wanted` records may be decided, and says how many: 1 … wanted. 0 where `signal` was aborted.
   */
  admit(partition: Partition, wanted: number, signal: AbortSignal): Promise<number>;
  /** A batch was stored. */
  stored(sample: StoredSample): void;
  /** Storing a batch failed for a reason that may pass. */
  failed(partition: Partition, error: unknown): void;
}

/** As fast as it goes. */
export const unpaced: Pace = {
  admit: (_partition, wanted, signal) => Promise.resolve(signal.aborted ? 0 : wanted),
  stored: () => undefined,
  failed: () => undefined,
};
