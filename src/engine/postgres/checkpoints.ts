import type pg from 'pg';
import type { Partition, Position } from '../domain/ids.js';
import type { PostgresProjection, SqlExecutor } from '../projector/projection.js';

/**
 * In: $1 names, $2 versions, $3 partition. Inserts the missing checkpoints. A checkpoint of another version that is
 * live stays as it is.
 */
const MAKE = `
INSERT INTO projection_checkpoints (name, version, partition)
SELECT name, version, $3::smallint FROM unnest($1::text[], $2::integer[]) AS moving (name, version)
ON CONFLICT DO NOTHING`;

/**
 * Compare-and-set of the checkpoints of read models that take the same events. In: $1 names, $2 versions, $3 partition,
 * $4 from, $5 to. Out: the names of the checkpoints that stood at `from`. Locks: the rows of the checkpoints until the
 * end of the transaction. A second transaction waits for them, and then finds them moved.
 */
const MOVE = `
UPDATE projection_checkpoints AS c SET position = $5::bigint
FROM unnest($1::text[], $2::integer[]) AS moving (name, version)
WHERE c.name = moving.name AND c.version = moving.version AND c.partition = $3::smallint AND c.position = $4::bigint
RETURNING c.name`;

/** The events of a partition after `from`, up to `to`. */
export interface Span {
  readonly partition: Partition;
  readonly from: Position;
  readonly to: Position;
}

/** Projections have few statements, which run all the time: each is prepared once per connection. */
export function executorOn(client: pg.Pool | pg.PoolClient, nameOf: (text: string) => string): SqlExecutor {
  return {
    query: (text, values = []) =>
      client.query<Record<string, unknown>>({ name: nameOf(text), text, values: [...values] }),
  };
}

/** Moves the checkpoints over the span. @returns the names of those that stood at its beginning and so moved */
export async function moveCheckpoints(
  sql: SqlExecutor,
  { partition, from, to }: Span,
  projections: readonly Pick<PostgresProjection, 'name' | 'version'>[],
): Promise<ReadonlySet<unknown>> {
  const moving = [projections.map(({ name }) => name), projections.map(({ version }) => version), partition];
  if (from === 0) await sql.query(MAKE, moving);
  const { rows } = await sql.query(MOVE, [...moving, from, to]);
  return new Set(rows.map(({ name }) => name));
}
