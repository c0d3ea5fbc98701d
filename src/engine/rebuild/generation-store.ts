import type { FoldedEvent } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import type { Projection } from '../projector/projection.js';

/** A read model beside the live one: the version that folds it, and its space in the store. */
export interface Generation<P extends Projection = Projection> {
  readonly projection: P;
  readonly space: string;
}

/** The last events of a partition, of handled types: those after `after`, up to `upTo`. */
export type ReadRest = (partition: Partition, after: Position, upTo: Position) => Promise<readonly FoldedEvent[]>;

/**
 * - `swapped`: it is live now, and the earlier live one is kept.
 * - `behind`: there is more to fold than is allowed while the live one is stopped.
 * - `busy`: queries or the projector held locks for longer than they may be made to wait.
 */
export type SwapOutcome = 'swapped' | 'behind' | 'busy';

export interface SwapOptions {
  /**
   * The position up to which it was folded, by partition. If it is lower now, its store was emptied, and it is
   * `behind`.
   */
  readonly folded: readonly Position[];
  readonly rest: ReadRest;
  /** Also if the live one is of a newer version. */
  readonly mayGoBack: boolean;
}

/** A row or a key in which a read model differs from its events. */
export interface Difference {
  /** `missing`: not in the read model, but in the fold. `extra`: the other way round. */
  readonly kind: 'missing' | 'extra' | 'altered';
  /** The table; `keys` in Redis. */
  readonly where: string;
  readonly key: string;
}

export interface Comparison {
  /** The position of both, by partition. */
  readonly positions: readonly Position[];
  /** The number of rows or keys in the live one. */
  readonly rows: number;
  readonly missing: number;
  readonly extra: number;
  readonly altered: number;
  /** The first ones. */
  readonly examples: readonly Difference[];
  /** False if there were too many to count: the numbers are of a part. */
  readonly countedAll: boolean;
}

/**
 * Generations of read models in one kind of store. Queries and projectors use only the live one, so all of this is
 * called by the holder of the read model's lock. Errors of the store come through unchanged.
 */
export interface GenerationStore<P extends Projection = Projection> {
  readonly kind: P['store'];
  /** A name that no generation has had. */
  newSpace(projection: P): string;
  /** Creates it, empty. Does nothing if it exists. */
  create(generation: Generation<P>): Promise<void>;
  /** Its checkpoints; index = partition. */
  positions(generation: Generation<P>, partitions: number): Promise<readonly Position[]>;
  /** Like `ProjectionStore.apply`, for this generation. Takes up to `largestBatch` events. */
  apply(
    generation: Generation<P>,
    partition: Partition,
    from: Position,
    to: Position,
    events: readonly FoldedEvent[],
  ): Promise<'applied' | 'superseded'>;
  /** Maximum events of one `apply`. */
  readonly largestBatch: number;
  /** After the load: creates the parts that queries need and folding does not. Idempotent. */
  complete(generation: Generation<P>): Promise<void>;
  /**
   * Makes it the live one, in one step for each reader. Folds the missing events up to the position of the live one, if
   * they are few. Called again until it has `swapped`.
   * @throws {NewerVersionLiveError} a newer version is live, and going back is not allowed
   */
  swap(generation: Generation<P>, options: SwapOptions): Promise<SwapOutcome>;
  /** The generation that was live before the last swap; null if there is none, or it was dropped. */
  kept(projection: P, partitions: number): Promise<{ readonly space: string; readonly version: number } | null>;
  /** Its parked keys when it was last live, over all partitions. */
  parked(generation: Generation<P>, partitions: number): Promise<number>;
  /**
   * Deletes all spaces of the read model but the live one, the kept one and `alsoKeep`.
   * @param alsoKeep called after spaces were found, and before any of them is deleted: a process that has taken over
   * the lock registers its space before it creates it
   */
  sweep(projection: P, partitions: number, alsoKeep: () => Promise<readonly string[]>): Promise<void>;
  /** Deletes the kept one. False without one. */
  dropKept(projection: P, partitions: number): Promise<boolean>;
  /**
   * Compares the live one with another at a common position.
   * @param catchUp folds the other one exactly up to these positions; never called with a lower one than before
   * @throws {ComparisonError} the live one went back, moves too fast, or is of another version
   */
  compare(
    generation: Generation<P>,
    partitions: number,
    catchUp: (positions: readonly Position[]) => Promise<void>,
  ): Promise<Comparison>;
}

/** A comparison was impossible. The message says what to do. */
export class ComparisonError extends Error {
  readonly code = 'COMPARISON_IMPOSSIBLE';
}

/** A newer program has made its version the live one: only a rollback replaces it by an older one. */
export class NewerVersionLiveError extends Error {
  readonly code = 'NEWER_VERSION_LIVE';
}
