import type pg from 'pg';
import type { PostgresProjection } from '../projector/projection.js';

/** The schema of the live read models. */
export const LIVE = 'public';

/** The schema of a space as SQL. Names of spaces are generated: lower-case letters, digits and underscores. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

interface Definition {
  readonly name: string;
  readonly options: string | null;
  readonly keys: readonly { readonly name: string; readonly definition: string }[];
  readonly indexes: readonly { readonly name: string; readonly definition: string; readonly isUnique: boolean }[];
}

/**
 * In: $1 the schema, $2 names of tables. Out: the definitions that `LIKE` does not copy, or copies in another order
 * than needed.
 */
const DEFINITIONS = `
SELECT t.relname AS name, array_to_string(t.reloptions, ', ') AS options,
  coalesce((SELECT json_agg(json_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid))
    ORDER BY k.contype, k.conname)
    FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype IN ('p', 'u', 'x')), '[]') AS keys,
  coalesce((SELECT json_agg(json_build_object('name', x.relname, 'definition', pg_get_indexdef(i.indexrelid),
    'isUnique', i.indisunique) ORDER BY x.relname)
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    WHERE i.indrelid = t.oid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)),
      '[]') AS indexes
FROM pg_class t WHERE t.relnamespace = $1::regnamespace AND t.relname = ANY($2::text[]) AND t.relkind = 'r'`;

async function definitionsOf(
  client: pg.Pool | pg.PoolClient,
  tables: readonly string[],
): Promise<readonly Definition[]> {
  const { rows } = await client.query<Definition>(DEFINITIONS, [LIVE, tables]);
  if (rows.length !== tables.length)
    throw new Error(`the database lacks some of the tables ${tables.join(', ')}: a migration is missing`);
  return rows;
}

/** `CREATE INDEX name ON schema.table …` for another schema. */
const inSpace = (definition: string, table: string, space: string): string => {
  const live = [`${LIVE}.${table}`, `${LIVE}.${quoted(table)}`].find((each) => definition.includes(` ON ${each} `));
  if (live === undefined) throw new Error(`an index of ${table} is not understood: ${definition}`);
  return definition.replace(` ON ${live} `, ` ON ${quoted(space)}.${quoted(table)} `);
};

/**
 * Creates the tables of a read model in a schema of their own, with checkpoints and without the indexes that folding
 * does not need. Runs in the transaction of `client`. Does nothing if the schema exists.
 */
export async function createTables(client: pg.PoolClient, space: string, tables: readonly string[]): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [space]);
  if (rowCount) return;
  const at = quoted(space);
  await client.query(`CREATE SCHEMA ${at}`);
  await client.query(`CREATE TABLE ${at}.projection_checkpoints (LIKE ${LIVE}.projection_checkpoints INCLUDING ALL)`);
  for (const { name, options, keys, indexes } of await definitionsOf(client, tables)) {
    const table = `${at}.${quoted(name)}`;
    await client.query(
      `CREATE TABLE ${table} (LIKE ${LIVE}.${quoted(name)} INCLUDING ALL EXCLUDING INDEXES) ` +
        (options === null ? '' : `WITH (${options})`),
    );
    for (const key of keys)
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${quoted(key.name)} ${key.definition}`);
    for (const index of indexes) if (index.isUnique) await client.query(inSpace(index.definition, name, space));
  }
}

/**
 * Creates the other indexes and collects statistics. Called after the load, outside of a transaction; idempotent.
 * @throws {OtherShapeError} the columns differ, so an index may be on a missing column
 */
export async function completeTables(pool: pg.Pool, space: string, projection: PostgresProjection): Promise<void> {
  const { tables } = projection;
  await refuseOtherShape(pool, space, projection);
  const { rows } = await pool.query<{ name: string }>(
    'SELECT indexname AS name FROM pg_indexes WHERE schemaname = $1',
    [space],
  );
  const there = new Set(rows.map(({ name }) => name));
  const complete = async ({ name, indexes }: Definition): Promise<void> => {
    for (const index of indexes) if (!there.has(index.name)) await pool.query(inSpace(index.definition, name, space));
    await pool.query(`VACUUM (ANALYZE) ${quoted(space)}.${quoted(name)}`);
  };
  const ends = await Promise.allSettled((await definitionsOf(pool, tables)).map(complete));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/**
 * In: $1 a schema, $2 another one, $3 names of tables. Out: columns that only one of them has, or with another
 * definition.
 */
const OTHER_COLUMNS = `
WITH columns AS (
  SELECT t.relnamespace, t.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
  WHERE t.relnamespace IN ($1::regnamespace, $2::regnamespace) AND t.relname = ANY($3::text[]) AND a.attnum > 0
    AND NOT a.attisdropped
)
SELECT name FROM columns GROUP BY name, type HAVING count(*) < 2 ORDER BY name`;

/** The generation has other columns than the live tables. */
export class OtherShapeError extends Error {
  readonly code = 'OTHER_SHAPE';
}

/** Queries are written for the columns of the live tables: a generation with others cannot replace them. */
export async function refuseOtherShape(
  client: pg.Pool | pg.PoolClient,
  space: string,
  { name, tables }: PostgresProjection,
): Promise<void> {
  const { rows } = await client.query<{ name: string }>(OTHER_COLUMNS, [LIVE, space, tables]);
  if (rows.length === 0) return;
  const others = rows.map((row) => row.name).join(', ');
  throw new OtherShapeError(`${name} has other columns there than the live one (${others}): rebuild it instead`);
}
