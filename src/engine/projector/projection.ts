import type { FoldedEvent } from '../domain/event.js';

/** Runs one parameterised statement inside the projection's transaction. */
export interface SqlExecutor {
  query(
    sql: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly rowCount: number | null }>;
}

interface ReadModel {
  /** Unique over all stores; names its tables or keys, its checkpoint, its metrics. */
  readonly name: string;
  /** Raised when the shape or the fold changes: `docs/changing-a-projection.md`. */
  readonly version: number;
  /** Events of other types only move the checkpoint. */
  readonly handles: readonly string[];
  /**
   * Reduces events of handled types, in order, to those that still matter at the end: applying these has the same
   * result as applying all. With it, a rebuild buffers many events and stores the reduced ones.
   */
  compact?(events: readonly FoldedEvent[]): readonly FoldedEvent[];
}

/** A read model in tables. Its rows and its checkpoint are committed together. */
export interface PostgresProjection extends ReadModel {
  readonly store: 'postgres';
  /**
   * The tables of its rows. Its statements name them without a schema, so that a rebuild can fold into tables beside
   * them.
   */
  readonly tables: readonly string[];
  /**
   * Applies events of one partition, in order, all of handled types, at least one: a bounded number of multi-row
   * statements, no loop of statements. Applying events a second time must leave the rows as they are.
   */
  apply(sql: SqlExecutor, events: readonly FoldedEvent[]): Promise<void>;
  /** For the release that raised `version`: the old read model, which is kept up to date until the new one is built. */
  readonly previous?: PostgresProjection;
}

/** A read model in Redis. One Lua script applies a batch and moves the checkpoint in one step. */
export interface RedisProjection extends ReadModel {
  readonly store: 'redis';
  /**
   * Body of a Lua function `apply(prefix, events)`: `prefix` starts every key of the model in this partition, `events`
   * is a list of the results of `encode`. The store moves the checkpoint around it.
   */
  readonly script: string;
  encode(event: FoldedEvent): Readonly<Record<string, string | number>>;
  /** As for PostgreSQL. */
  readonly previous?: RedisProjection;
}

export type Projection = PostgresProjection | RedisProjection;

/** The read model as this program folds it in that version; null for an unknown version. */
export function inVersion<P extends Projection>(projection: P, version: number): P | null {
  if (projection.version === version) return projection;
  const previous = projection.previous as P | undefined;
  return previous?.version === version ? previous : null;
}
