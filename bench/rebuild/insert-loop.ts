import type pg from 'pg';
import { openPool, transaction } from '../../src/engine/postgres/pool.js';
import type { PostgresProjection } from '../../src/engine/projector/projection.js';

const ROWS = 5_000;
const SCHEMA = 'insert_loop';

interface Column {
  readonly name: string;
  readonly type: string;
}

const COLUMNS = `
SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) AS type
FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;

/**
 * The present rows of a read model, inserted into tables like its own, by one loop of multi-row statements on one
 * connection: the cost of the rows alone. Commits do not wait for the disk, as those of read models. Reading the rows
 * is not counted.
 * @returns seconds by read model
 */
export async function insertLoop(
  databaseUrl: string,
  projections: readonly PostgresProjection[],
): Promise<ReadonlyMap<string, number>> {
  const pool = openPool({ url: databaseUrl, max: 2, name: 'bench insert loop', durable: false });
  try {
    await pool.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE; CREATE SCHEMA ${SCHEMA}`);
    const taken = new Map<string, number>();
    for (const { name, tables } of projections) {
      let ms = 0;
      for (const table of tables) ms += await copyRows(pool, table);
      taken.set(name, ms / 1_000);
    }
    await pool.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
    return taken;
  } finally {
    await pool.end();
  }
}

async function copyRows(pool: pg.Pool, table: string): Promise<number> {
  const { rows: columns } = await pool.query<Column>(COLUMNS, [table]);
  const { rows: options } = await pool.query<{ options: string | null }>(
    `SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = $1::regclass`,
    [table],
  );
  const storage = options[0]?.options ? ` WITH (${options[0].options})` : '';
  await pool.query(`CREATE TABLE ${SCHEMA}.${table} (LIKE ${table} INCLUDING ALL)${storage}`);
  const names = columns.map(({ name }) => name).join(', ');
  const insert =
    `INSERT INTO ${SCHEMA}.${table} (${names}) SELECT * FROM ` +
    `unnest(${columns.map(({ type }, n) => `$${n + 1}::${type}[]`).join(', ')})`;
  const inserting = await pool.connect();
  let ms = 0;
  try {
    await transaction(pool, async (reading) => {
      await reading.query(
        'DECLARE all_rows NO SCROLL CURSOR FOR SELECT ' +
          `${columns.map(({ name }) => `${name}::text`).join(', ')} FROM ${table}`,
      );
      for (;;) {
        const { rows } = await reading.query<unknown[]>({ text: `FETCH ${ROWS} FROM all_rows`, rowMode: 'array' });
        if (rows.length === 0) return;
        const values = columns.map((_, n) => rows.map((row) => row[n]));
        const began = performance.now();
        await inserting.query({ name: table, text: insert, values });
        ms += performance.now() - began;
      }
    });
  } finally {
    inserting.release();
  }
  return ms;
}
