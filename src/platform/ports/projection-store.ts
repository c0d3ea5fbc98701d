import type { Partition, Position } from '../../events/ids.js';
import type { RecordedEvent } from '../../events/event.js';
import type { Projection } from '../../projections/projection.js';

/** How far a read model is in one partition. */
export interface ProjectionProgress {
  readonly position: Position;
  /** False while it fills for the first time or again: queries must not read from it. */
  readonly live: boolean;
  /** Of what is live there, which another program may have made; null where nothing was projected yet. */
  readonly version: number | null;
}

/**
 * Where read models of one kind of store live, with their checkpoints. A runner that lost its partition cannot write: the checkpoint
 * moves by compare-and-set, together with the rows.
 */
export interface ProjectionStore<P extends Projection = Projection> {
  readonly kind: P['store'];
  /** Of whatever version is live. Position 0 where nothing was projected yet. */
  progress(projection: P, partition: Partition): Promise<ProjectionProgress>;
  /** The same for many at once; in the order of `projections`, index = partition inside. One round trip. */
  progressOfAll(projections: readonly P[], partitions: number): Promise<readonly (readonly ProjectionProgress[])[]>;
  /**
   * Applies `events` (those of handled types only, perhaps none) and moves the checkpoint from `from` to `to`, all or nothing. What is asked
   * for several read models at the same moment may be stored together; the outcome and the error are those of this one alone.
   * @returns 'superseded' where the checkpoint did not stand at `from`, or another version is live: read `progress` again and go on from there.
   * @throws an error of the database; `isTransient` tells whether to try again.
   */
  apply(projection: P, partition: Partition, from: Position, to: Position, events: readonly RecordedEvent[]): Promise<'applied' | 'superseded'>;
  /** Says that queries may (not) read from it. */
  setLive(projection: P, partition: Partition, live: boolean): Promise<void>;
}
