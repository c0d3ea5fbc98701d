import type { EventType, RecordedEvent } from '../events/event.js';

/** Runs one parameterised statement inside the projection's transaction. */
export interface SqlExecutor {
  query(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly rowCount: number | null }>;
}

interface ReadModel {
  /** Unique over all stores; names its tables or keys, its checkpoint, its metrics. */
  readonly name: string;
  /** Raised when the shape or the fold changes. */
  readonly version: number;
  /** Events of other types only move the checkpoint. */
  readonly handles: readonly EventType[];
}

/** A read model in tables. Its rows and its checkpoint are committed together. */
export interface PostgresProjection extends ReadModel {
  readonly store: 'postgres';
  /** What holds its rows, and nothing else. Its statements name them without a schema, so that a rebuild can fold into tables beside them. */
  readonly tables: readonly string[];
  /**
   * Applies events of one partition, in order, all of handled types, at least one: a bounded number of multi-row statements, no loop of
   * statements. Applying events a second time must leave the rows as they are.
   */
  apply(sql: SqlExecutor, events: readonly RecordedEvent[]): Promise<void>;
}

/** A read model in Redis. One Lua script applies a batch and moves the checkpoint in one step. */
export interface RedisProjection extends ReadModel {
  readonly store: 'redis';
  /**
   * Body of a Lua function `apply(prefix, events)`: `prefix` starts every key of the model in this partition, `events` is a list of what
   * `encode` gave. The checkpoint around it is the store's work.
   */
  readonly script: string;
  encode(event: RecordedEvent): Readonly<Record<string, string | number>>;
}

export type Projection = PostgresProjection | RedisProjection;
