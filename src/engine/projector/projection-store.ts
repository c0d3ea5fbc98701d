import type { Epoch, Partition, Position } from '../domain/ids.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Projection } from './projection.js';

/** The progress of a read model in one partition. */
export interface ProjectionProgress {
  readonly position: Position;
  /** False while it is filled for the first time or again: queries must not read from it. */
  readonly live: boolean;
  /** The live version, perhaps of another program; null before the first projection. */
  readonly version: number | null;
  /**
   * Whether it holds events that the log has lost, by the current knowledge of the process: an epoch that it does not
   * know yet looks lost. Missing for a store that goes back in time together with the log.
   */
  readonly lost?: () => boolean;
  /** The epoch of its last event, where it is known, in such a store. */
  readonly epoch?: Epoch;
}

/**
 * A key (a room, a user, a campaign) whose events a read model holds back, from one that it cannot apply on. They wait
 * in the event store, in order, while the checkpoint moves on for every other key.
 */
export interface ParkedKey {
  readonly key: string;
  /** The position of the key's first event that is not applied. */
  readonly position: Position;
  /** The dead letter of that event; null if it waits for a newer program. */
  readonly letter: number | null;
  readonly reason: string;
  readonly since: Date;
}

/** The events that a step of a read model leaves out. */
export interface Parking {
  /** Parked keys whose events the step holds back. It is refused unless all of them are still parked. */
  readonly held: readonly string[];
  /** Keys that are parked from this step on. */
  readonly park: readonly ParkedKey[];
}

/** Some of the held events of a parked key are applied. */
export interface Release {
  /** As the runner knows it: refused after any change. */
  readonly parked: ParkedKey;
  /** Events of the key from there on, without a gap in those that the read model handles. */
  readonly events: readonly RecordedEvent[];
  /** The parked key afterwards; null: everything up to the checkpoint is applied, and the key is free. */
  readonly next: ParkedKey | null;
}

/**
 * The read models in one kind of store, with their checkpoints. A runner that lost its partition cannot write: the
 * checkpoint moves by compare-and-set, together with the rows. The parked keys are stored beside the checkpoint and
 * change together with it, so that the three agree after any loss of the store.
 */
export interface ProjectionStore<P extends Projection = Projection> {
  readonly kind: P['store'];
  /** Of the live version. Position 0 before the first projection. */
  progress(projection: P, partition: Partition): Promise<ProjectionProgress>;
  /** The same for many at once; in the order of `projections`, index = partition inside. One round trip. */
  progressOfAll(projections: readonly P[], partitions: number): Promise<readonly (readonly ProjectionProgress[])[]>;
  /**
   * Applies `events` (of handled types only, perhaps none) and moves the checkpoint from `from` to `to`, atomically.
   * Requests for several read models at the same moment may share a transaction; outcome and error are those of this
   * one alone.
   * @returns 'superseded' if the checkpoint was not at `from`, another version is live, or a held key is no longer
   * parked: read `progress` and `parked` again and continue from there
   * @throws an error of the database; `isTransient` says whether to retry
   */
  apply(
    projection: P,
    partition: Partition,
    from: Position,
    to: Position,
    events: readonly RecordedEvent[],
    parking?: Parking,
  ): Promise<'applied' | 'superseded'>;
  /** In the order of their positions. */
  parked(projection: P, partition: Partition): Promise<readonly ParkedKey[]>;
  /**
   * Applies events of a parked key, atomically, while the checkpoint stays at `at`. Outcome and errors as for `apply`.
   */
  release(projection: P, partition: Partition, at: Position, release: Release): Promise<'applied' | 'superseded'>;
  /**
   * Restarts the live read model of a partition from the first event: it holds events that the log has lost. Does
   * nothing if its checkpoint has moved. Only for a store with `lost`.
   */
  startOver?(projection: P, partition: Partition, at: Position): Promise<void>;
  /** Whether queries may read from it. */
  setLive(projection: P, partition: Partition, live: boolean): Promise<void>;
}
