import type { Epoch, EpochPosition, LogPosition, Partition, Position } from '../domain/ids.js';

/** A partition of the log that goes on from an earlier place than it may have been at. */
export interface Fork {
  readonly partition: Partition;
  /** The last position that the log still has of what it was. */
  readonly after: Position;
  /**
   * The last position that this process had heard of before; `after` where that is all still there, as it is where
   * nothing was lost.
   */
  readonly lostTo: Position;
}

/**
 * The branch of the log that this process is on. One for the whole process; asked of by whoever hands positions out or
 * takes them back.
 */
export interface LogEpochs {
  /** In which the next events of the partition are stored. */
  current(partition: Partition): Epoch;
  /** In which the event at a position of this branch was stored, or would be. */
  epochOf(at: LogPosition): Epoch;
  /** Whether a position is one of this branch. It may lie beyond its end. */
  has(at: EpochPosition): boolean;
  /** An event of this branch was heard of: for the word on what was lost. */
  noteHeard(at: LogPosition): void;
  /**
   * Called in the same turn in which the process learns that the partition goes on from an earlier place, before it
   * reads anything of what follows: everything that is derived from events behind `after` has to be dropped in that
   * call. Also called where nothing was lost, for that is what every restart of the database looks like. Must not
   * throw.
   * @returns how to stop hearing
   */
  onFork(listener: (fork: Fork) => void): () => void;
}
