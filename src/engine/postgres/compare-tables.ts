import type pg from 'pg';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { PostgresProjection } from '../projector/projection.js';
import type { Comparison, Difference, Generation } from '../rebuild/generation-store.js';
import { ComparisonError } from '../rebuild/generation-store.js';
import { LIVE, quoted } from './generation-tables.js';
import { transaction } from './pool.js';

/** Rows per hash. A difference is located to such a range first. */
const ROWS_IN_RANGE = 256;
const MOST_RANGES = 65_536;
/** Ranges that are compared row by row. More than these add nothing to the report. */
const RANGES_LISTED = 64;
const EXAMPLES = 20;

/** One snapshot for all statements. No idle timeout: the other fold may take long to catch up. */
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0';

/**
 * Compares the live tables with those of a space: first hashes of ranges of keys, computed in the database, then the
 * rows of the ranges that differ. The live tables are read in one snapshot, whose checkpoints give their positions; the
 * other tables are folded exactly up to there. Nothing is blocked.
 */
export async function compareTables(
  pool: pg.Pool,
  { projection, space }: Generation<PostgresProjection>,
  partitions: number,
  catchUp: (positions: readonly Position[]) => Promise<void>,
): Promise<Comparison> {
  // Most of the fold comes before the snapshot, which holds back vacuum.
  await catchUp(await livePositions(pool, projection, partitions));
  return transaction(
    pool,
    async (client) => {
      const positions = await livePositions(client, projection, partitions);
      await catchUp(positions);
      const found: TableComparison[] = [];
      for (const table of projection.tables) found.push(await compareTable(client, pool, space, table));
      const differences = found.flatMap((each) => each.differences);
      const count = (kind: Difference['kind']): number => differences.filter((each) => each.kind === kind).length;
      return {
        positions,
        rows: found.reduce((sum, { rows }) => sum + rows, 0),
        missing: count('missing'),
        extra: count('extra'),
        altered: count('altered'),
        examples: differences.slice(0, EXAMPLES),
        countedAll: found.every(({ countedAll }) => countedAll),
      };
    },
    SNAPSHOT,
  );
}

type Asking = pg.Pool | pg.PoolClient;

async function livePositions(
  client: Asking,
  { name, version }: PostgresProjection,
  partitions: number,
): Promise<readonly Position[]> {
  const { rows } = await client.query<{ partition: Partition; position: number; version: number }>(
    `SELECT partition, position, version FROM ${LIVE}.projection_checkpoints WHERE name = $1`,
    [name],
  );
  const positions = Array.from({ length: partitions }, () => position(0));
  for (const row of rows) {
    if (row.version !== version)
      throw new ComparisonError(`${name} became version ${row.version} meanwhile: verify it again`);
    positions[row.partition] = position(row.position);
  }
  return positions;
}

interface TableComparison {
  readonly rows: number;
  readonly differences: readonly Difference[];
  readonly countedAll: boolean;
}

interface Shape {
  readonly table: string;
  /** The columns of the primary key, and all columns, as SQL lists. */
  readonly key: string;
  readonly columns: string;
}

async function shapeOf(client: Asking, table: string): Promise<Shape> {
  const { rows } = await client.query<{ name: string; inKey: boolean }>(
    `SELECT a.attname AS name, coalesce(a.attnum = ANY(i.indkey), false) AS "inKey"
     FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname`,
    [`${LIVE}.${quoted(table)}`],
  );
  const list = (columns: typeof rows): string => columns.map(({ name }) => quoted(name)).join(', ');
  return { table, key: list(rows.filter(({ inKey }) => inKey)), columns: list(rows) };
}

async function compareTable(
  snapshot: pg.PoolClient,
  pool: pg.Pool,
  space: string,
  table: string,
): Promise<TableComparison> {
  const shape = await shapeOf(snapshot, table);
  const { rows } = await snapshot.query<{ rows: number }>(
    `SELECT count(*)::integer AS rows FROM ${LIVE}.${quoted(table)}`,
  );
  const ranges = Math.min(MOST_RANGES, Math.max(1, Math.ceil(rows[0]!.rows / ROWS_IN_RANGE)));
  const [live, folded] = await Promise.all([
    rangeHashes(snapshot, LIVE, shape, ranges),
    rangeHashes(pool, space, shape, ranges),
  ]);
  const differing = Array.from({ length: ranges }, (_, range) => range).filter(
    (range) => live.get(range) !== folded.get(range),
  );
  const listed = differing.slice(0, RANGES_LISTED);
  if (listed.length === 0) return { rows: rows[0]!.rows, differences: [], countedAll: true };
  const [has, should] = await Promise.all([
    rowHashes(snapshot, LIVE, shape, ranges, listed),
    rowHashes(pool, space, shape, ranges, listed),
  ]);
  const differences: Difference[] = [];
  for (const [key, hash] of should) {
    const found = has.get(key);
    if (found !== hash) differences.push({ kind: found === undefined ? 'missing' : 'altered', where: table, key });
  }
  for (const key of has.keys()) if (!should.has(key)) differences.push({ kind: 'extra', where: table, key });
  return { rows: rows[0]!.rows, differences, countedAll: listed.length === differing.length };
}

/** The range comes from a hash of the key, so that all ranges have about the same size. */
const rangeOf = ({ key }: Shape, ranges: string): string =>
  `((hashtextextended(ROW(${key})::text, 0) % ${ranges} + ${ranges}) % ${ranges})`;
const hashOf = ({ columns }: Shape): string => `hashtextextended(ROW(${columns})::text, 1)`;

async function rangeHashes(
  client: Asking,
  schema: string,
  shape: Shape,
  ranges: number,
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ range: number; hash: string }>(
    `SELECT ${rangeOf(shape, '$1::bigint')} AS range,
      count(*) || ' ' || bit_xor(${hashOf(shape)}) || ' ' || sum(${hashOf(shape)}) AS hash
     FROM ${quoted(schema)}.${quoted(shape.table)} GROUP BY 1`,
    [ranges],
  );
  return new Map(rows.map(({ range, hash }) => [range, hash]));
}

async function rowHashes(
  client: Asking,
  schema: string,
  shape: Shape,
  ranges: number,
  listed: readonly number[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ key: string; hash: string }>(
    `SELECT ROW(${shape.key})::text AS key, ${hashOf(shape)}::text AS hash
     FROM ${quoted(schema)}.${quoted(shape.table)} WHERE ${rangeOf(shape, '$1::bigint')} = ANY($2::bigint[])
       ORDER BY 1`,
    [ranges, listed],
  );
  return new Map(rows.map(({ key, hash }) => [key, hash]));
}
