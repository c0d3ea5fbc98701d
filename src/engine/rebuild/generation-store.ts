import type { FoldedEvent } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import type { Projection } from '../projector/projection.js';

/** A read model beside the live one: in the version that folds it, and the space of the store that holds it. */
export interface Generation<P extends Projection = Projection> {
  readonly projection: P;
  readonly space: string;
}

/** The last events of a partition, of handled types: those after `after`, up to `upTo`. */
export type ReadRest = (partition: Partition, after: Position, upTo: Position) => Promise<readonly FoldedEvent[]>;

/**
 * - `swapped`: it is live now, and the one that was live is kept.
 * - `behind`: there is more to fold than may be folded while the live one stands still.
 * - `busy`: queries or the projector were at work, and did not end in the moment that they may be made to wait.
 */
export type SwapOutcome = 'swapped' | 'behind' | 'busy';

export interface SwapOptions {
  /**
   * How far it was folded, by partition. Where it is not as far any more, its store was emptied, and it is `behind`.
   */
  readonly folded: readonly Position[];
  readonly rest: ReadRest;
  /** Also where the live one is of a newer version. */
  readonly mayGoBack: boolean;
}

/** A row or a key in which a read model is not what its events say. */
export interface Difference {
  /** `missing`: the events say it, and the read model does not have it. `extra`: the other way round. */
  readonly kind: 'missing' | 'extra' | 'altered';
  /** The table; `keys` in Redis. */
  readonly where: string;
  readonly key: string;
}

export interface Comparison {
  /** Where both stood, by partition. */
  readonly positions: readonly Position[];
  /** How many rows or keys the live one has. */
  readonly rows: number;
  readonly missing: number;
  readonly extra: number;
  readonly altered: number;
  /** The first of them. */
  readonly examples: readonly Difference[];
  /** False where there were so many that counting was given up: the numbers are of a part. */
  readonly countedAll: boolean;
}

/**
 * Generations of read models in one kind of store. Nobody reads or projects into any but the live one, so that all of
 * this is the work of the one who holds the lock of the read model. Errors of the store come through as they are.
 */
export interface GenerationStore<P extends Projection = Projection> {
  readonly kind: P['store'];
  /** A name that no generation has had. */
  newSpace(projection: P): string;
  /** Makes it, empty. Does nothing where it is there. */
  create(generation: Generation<P>): Promise<void>;
  /** How far it is folded; index = partition. */
  positions(generation: Generation<P>, partitions: number): Promise<readonly Position[]>;
  /** As `ProjectionStore.apply`, for this generation. Takes as many events as `largestBatch` says. */
  apply(
    generation: Generation<P>,
    partition: Partition,
    from: Position,
    to: Position,
    events: readonly FoldedEvent[],
  ): Promise<'applied' | 'superseded'>;
  /** Events that one `apply` may take. */
  readonly largestBatch: number;
  /** After the load: what queries need and folding does not. May be called twice. */
  complete(generation: Generation<P>): Promise<void>;
  /**
   * Makes it the live one, in one step for each reader. Folds what is missing to the place of the live one before, as
   * far as that is little. Called again until it has `swapped`.
   * @throws {NewerVersionLiveError} where a newer version is live, and it may not go back
   */
  swap(generation: Generation<P>, options: SwapOptions): Promise<SwapOutcome>;
  /** What was live before the last swap; null where there is none, or it was dropped. */
  kept(projection: P, partitions: number): Promise<{ readonly space: string; readonly version: number } | null>;
  /** Keys that it held back when it was last live, over all partitions. */
  parked(generation: Generation<P>, partitions: number): Promise<number>;
  /** Deletes all spaces of the read model but the live one, the kept one and `alsoKeep`. */
  sweep(projection: P, partitions: number, alsoKeep: readonly string[]): Promise<void>;
  /** Deletes the kept one. False where there was none. */
  dropKept(projection: P, partitions: number): Promise<boolean>;
  /**
   * Compares the live one with another, at a position where both stand.
   * @param catchUp folds the other one exactly up to these positions; never called with one that is lower than before
   * @throws {ComparisonError} where the live one went back, moves too fast, or is of another version
   */
  compare(
    generation: Generation<P>,
    partitions: number,
    catchUp: (positions: readonly Position[]) => Promise<void>,
  ): Promise<Comparison>;
}

/** No comparison was possible. Says what to do. */
export class ComparisonError extends Error {
  readonly code = 'COMPARISON_IMPOSSIBLE';
}

/** A newer program has made its version the live one: an older one is not put in its place but by a rollback. */
export class NewerVersionLiveError extends Error {
  readonly code = 'NEWER_VERSION_LIVE';
}
