import type { Epoch, EpochPosition, LogPosition, Partition, Position } from '../domain/ids.js';

/** A partition of the log that continues from an earlier position than it had. */
export interface Fork {
  readonly partition: Partition;
  /** The last position before the fork. */
  readonly after: Position;
  /** The last position that this process had seen before the fork; `after` if nothing is lost. */
  readonly lostTo: Position;
}

/** The branch of the log that this process is on. One per process, for all code that hands out or accepts positions. */
export interface LogEpochs {
  /** The epoch of the next events of the partition. */
  current(partition: Partition): Epoch;
  /** The epoch of the event at a position of this branch, or of the next one there. */
  epochOf(at: LogPosition): Epoch;
  /** Whether a position is on this branch. It may be beyond the head. */
  has(at: EpochPosition): boolean;
  /** An event of this branch was seen: for the report of lost positions. */
  noteHeard(at: LogPosition): void;
  /**
   * Called in the turn in which the process notices that the partition continues from an earlier position, before it
   * reads any later event: data derived from events after `after` has to be dropped within the call. Also called when
   * nothing is lost, which is the case at every restart of the database. Must not throw.
   * @returns unsubscribes
   */
  onFork(listener: (fork: Fork) => void): () => void;
}
