import type pg from 'pg';
import type { Partition, Position } from '../../events/ids.js';
import type { PostgresProjection, SqlExecutor } from '../../projections/projection.js';

/**
 * In: $1 names, $2 versions, $3 partition.  Makes the checkpoints that are not there yet. Where another version is live there is one, and it
 * stays.
 */
const MAKE = `
INSERT INTO projection_checkpoints (name, version, partition)
SELECT name, version, $3::smallint FROM unnest($1::text[], $2::integer[]) AS moving (name, version)
ON CONFLICT DO NOTHING`;

/**
 * Compare-and-set of the checkpoints of read models that take the same events.
 * In: $1 names, $2 versions, $3 partition, $4 from, $5 to.  Out: the names of those that stood at `from`.
 * Locks: the checkpoints' rows until the end of the transaction. Who comes second waits for them, and then finds them moved.
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

/** Statements of projections are few and run all the time: each is prepared once on each connection. */
export function executorOn(client: pg.Pool | pg.PoolClient, nameOf: (text: string) => string): SqlExecutor {
  return { query: (text, values = []) => client.query<Record<string, unknown>>({ name: nameOf(text), text, values: [...values] }) };
}

type Moving = readonly Pick<PostgresProjection, 'name' | 'version'>[];

const namesAndVersions = (projections: Moving) => [projections.map(({ name }) => name), projections.map(({ version }) => version)];

/** Only at the beginning of a partition can they be missing. */
export async function makeCheckpoints(sql: SqlExecutor, { partition, from }: Span, projections: Moving): Promise<void> {
  if (from === 0) await sql.query(MAKE, [...namesAndVersions(projections), partition]);
}

/** Moves checkpoints that are there over the span, in one statement. The names of those that stood at its beginning, which are those that moved. */
export async function moveMadeCheckpoints(sql: SqlExecutor, { partition, from, to }: Span, projections: Moving): Promise<ReadonlySet<unknown>> {
  const { rows } = await sql.query(MOVE, [...namesAndVersions(projections), partition, from, to]);
  return new Set(rows.map(({ name }) => name));
}

/** As `moveMadeCheckpoints`, and makes those that are not there yet. */
export async function moveCheckpoints(sql: SqlExecutor, span: Span, projections: Moving): Promise<ReadonlySet<unknown>> {
  await makeCheckpoints(sql, span, projections);
  return moveMadeCheckpoints(sql, span, projections);
}
