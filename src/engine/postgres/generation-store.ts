import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { PostgresProjection } from '../projector/projection.js';
import type { Generation, GenerationStore } from '../rebuild/generation-store.js';
import { executorOn, moveCheckpoints } from './checkpoints.js';
import { compareTables } from './compare-tables.js';
import { completeTables, createTables, quoted } from './generation-tables.js';
import { transaction } from './pool.js';
import { statementNames } from './statement-name.js';
import { swapTables } from './swap-tables.js';

const KEPT = `SELECT space, version FROM projection_generations WHERE name = $1 AND role = 'kept'`;

/** Statements of projections name tables without a schema: in this transaction they mean those of the space. */
export const beginIn = (space: string): string => `BEGIN; SET LOCAL search_path = ${quoted(space)}, public`;

/**
 * Generations of read models in tables: each has a schema of its own with tables and checkpoints, which move together.
 * The caller owns the pool and closes it. Its commits need not wait for the disk.
 */
export function postgresGenerationStore(pool: pg.Pool): GenerationStore<PostgresProjection> {
  const nameOf = statementNames();

  const positions = async (
    { projection, space }: Generation<PostgresProjection>,
    partitions: number,
  ): Promise<readonly Position[]> => {
    const { rows } = await pool.query<{ partition: Partition; position: number }>(
      `SELECT partition, position FROM ${quoted(space)}.projection_checkpoints WHERE name = $1`,
      [projection.name],
    );
    const at = Array.from({ length: partitions }, () => position(0));
    for (const row of rows) at[row.partition] = position(row.position);
    return at;
  };

  const drop = async (space: string): Promise<void> => {
    await pool.query(`DROP SCHEMA IF EXISTS ${quoted(space)} CASCADE`);
    await pool.query('DELETE FROM projection_generations WHERE space = $1', [space]);
  };

  return {
    kind: 'postgres',
    largestBatch: 10_000,
    positions,

    newSpace: ({ name }) => `madang_${name.replaceAll('-', '_')}_${randomBytes(4).toString('hex')}`,

    create: ({ projection, space }) => transaction(pool, (client) => createTables(client, space, projection.tables)),

    apply: ({ projection, space }, partition, from, to, events) =>
      transaction(
        pool,
        async (client) => {
          const sql = executorOn(client, nameOf);
          const moved = await moveCheckpoints(sql, { partition, from, to }, [projection]);
          if (!moved.has(projection.name)) return 'superseded';
          if (events.length > 0) await projection.apply(sql, events);
          return 'applied';
        },
        beginIn(space),
      ),

    complete: ({ projection, space }) => completeTables(pool, space, projection),

    swap: (generation, options) => swapTables(pool, nameOf, generation, options),

    async kept({ name }) {
      const { rows } = await pool.query<{ space: string; version: number }>(KEPT, [name]);
      return rows[0] ?? null;
    },

    async parked({ projection, space }) {
      const table = `${quoted(space)}.parked_keys`;
      const { rows } = await pool.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
      if (!rows[0]!.there) return 0;
      const counted = await pool.query<{ keys: number }>(`SELECT count(*)::int AS keys FROM ${table} WHERE name = $1`, [
        projection.name,
      ]);
      return counted.rows[0]!.keys;
    },

    async sweep({ name }, _partitions, alsoKeep) {
      const { rows } = await pool.query<{ space: string }>(
        `SELECT space FROM projection_generations WHERE name = $1 AND role <> 'kept' AND NOT space = ANY($2::text[])`,
        [name, await alsoKeep()],
      );
      for (const { space } of rows) await drop(space);
    },

    async dropKept({ name }) {
      const { rows } = await pool.query<{ space: string }>(KEPT, [name]);
      for (const { space } of rows) await drop(space);
      return rows.length > 0;
    },

    compare: (generation, partitions, catchUp) => compareTables(pool, generation, partitions, catchUp),
  };
}
