import type { Partition, Position } from '../domain/ids.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Projection } from './projection.js';

/** How far a read model is in one partition. */
export interface ProjectionProgress {
  readonly position: Position;
  /** False while it fills for the first time or again: queries must not read from it. */
  readonly live: boolean;
  /** Of what is live there, which another program may have made; null where nothing was projected yet. */
  readonly version: number | null;
  /**
   * Whether it holds events that the log has lost, by what the process knows of the log when it asks this: an epoch
   * that it has not heard of yet looks like one that is lost. Left out by a store that goes back in time together with
   * the log.
   */
  readonly lost?: () => boolean;
}

/**
 * A key (a room, a user, a campaign) that a read model has not applied the events of, from one that it cannot apply on.
 * They wait in the event store, in order, while the checkpoint goes on with every other key.
 */
export interface ParkedKey {
  readonly key: string;
  /** Of the first event of the key that is not applied. */
  readonly position: Position;
  /** The dead letter of that event; null where it waits for a newer program. */
  readonly letter: number | null;
  readonly reason: string;
  readonly since: Date;
}

/** What a step of a read model leaves out. */
export interface Parking {
  /** Parked keys of which the step holds events back. It is refused unless all of them are parked still. */
  readonly held: readonly string[];
  /** Keys that are parked from this step on. */
  readonly park: readonly ParkedKey[];
}

/** Some of the events that a parked key holds back are applied. */
export interface Release {
  /** As the runner knows it: refused unless it is just so still. */
  readonly parked: ParkedKey;
  /** Events of the key from there on, without a gap in those that concern the read model. */
  readonly events: readonly RecordedEvent[];
  /**
   * What is held back afterwards; null: the key is parked no longer, for everything up to the checkpoint is applied.
   */
  readonly next: ParkedKey | null;
}

/**
 * Where read models of one kind of store live, with their checkpoints. A runner that lost its partition cannot write:
 * the checkpoint moves by compare-and-set, together with the rows. Which keys are parked is kept beside the checkpoint
 * and changes together with it, so that whatever the store loses or forgets, the three of them agree.
 */
export interface ProjectionStore<P extends Projection = Projection> {
  readonly kind: P['store'];
  /** Of whatever version is live. Position 0 where nothing was projected yet. */
  progress(projection: P, partition: Partition): Promise<ProjectionProgress>;
  /** The same for many at once; in the order of `projections`, index = partition inside. One round trip. */
  progressOfAll(projections: readonly P[], partitions: number): Promise<readonly (readonly ProjectionProgress[])[]>;
  /**
   * Applies `events` (those of handled types only, perhaps none) and moves the checkpoint from `from` to `to`, all or
   * nothing. What is asked for several read models at the same moment may be stored together; the outcome and the error
   * are those of this one alone.
   * @returns 'superseded' where the checkpoint did not stand at `from`, another version is live, or a held key is
   * parked no longer: read `progress`
   * and `parked` again and go on from there.
   * @throws an error of the database; `isTransient` tells whether to try again.
   */
  apply(
    projection: P,
    partition: Partition,
    from: Position,
    to: Position,
    events: readonly RecordedEvent[],
    parking?: Parking,
  ): Promise<'applied' | 'superseded'>;
  /** In order of their positions. */
  parked(projection: P, partition: Partition): Promise<readonly ParkedKey[]>;
  /**
   * Applies events of a parked key, all or nothing, while the checkpoint stays at `at`. Outcome and errors as those of
   * `apply`.
   */
  release(projection: P, partition: Partition, at: Position, release: Release): Promise<'applied' | 'superseded'>;
  /**
   * Begins the live read model of a partition anew, from the first event: it holds events that the log has lost. Does
   * nothing where its checkpoint is not at this position any more. Only where `lost` can be.
   */
  startOver?(projection: P, partition: Partition, at: Position): Promise<void>;
  /** Says that queries may (not) read from it. */
  setLive(projection: P, partition: Partition, live: boolean): Promise<void>;
}
