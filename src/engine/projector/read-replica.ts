import type { EpochPosition, Partition, Position } from '../domain/ids.js';

/** The read models of a query, and the positions that each of them must hold to answer it. */
export interface ReadNeeds {
  readonly models: readonly string[];
  readonly at: readonly EpochPosition[];
}

/**
 * A copy of the database that follows it, for queries of read models. It may lag, go away or be on another branch of
 * the log: every query says what it needs, and goes to the primary where the replica does not have it. One per process.
 */
export interface ReadReplica {
  /** Called once, when the process knows the heads of the log. Not usable before. */
  start(): void;
  /** False while it is away, on another branch of the log, or too far behind to be worth a wait. */
  isUsable(): boolean;
  /** Waits for a bounded time until the replica holds all of this. @returns whether it does. Never throws. */
  reached(needs: ReadNeeds): Promise<boolean>;
  /** A query failed there: it is not usable until it has answered the watch again. */
  failed(): void;
  stop(): Promise<void>;
}

/** What an operator sees of it. */
export interface ReplicaObserver {
  /** Called with every change. */
  usable(is: boolean): void;
  /** Events that this process knows and the replica does not have. */
  lag(events: number): void;
}

/** The head of a partition, as far as this process knows. */
export type KnownHead = (partition: Partition) => Position;
