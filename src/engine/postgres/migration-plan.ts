import type pg from 'pg';
import type { PendingMigration } from './migrate.js';
import { pendingMigrations } from './migrate.js';
import type { LockEffect } from './migration-locks.js';
import { lockOf } from './migration-locks.js';

export interface PlannedStatement extends LockEffect {
  readonly statement: string;
  /** An estimate of the table's rows, by the statistics of the database; null for one that does not exist. */
  readonly rows: number | null;
}

export interface PlannedMigration extends Omit<PendingMigration, 'statements'> {
  readonly statements: readonly PlannedStatement[];
}

/** What a start of this program would change in the database, and who would wait for it. Reads alone. */
export async function planMigrations(pool: pg.Pool, directory: string): Promise<readonly PlannedMigration[]> {
  const pending = await pendingMigrations(pool, directory);
  const rowsOf = await estimatedRows(pool);
  return pending.map((migration) => ({
    ...migration,
    statements: migration.statements.map((statement) => {
      const effect = lockOf(statement);
      const rows = effect.table === null ? null : (rowsOf.get(effect.table) ?? null);
      // A table that this plan creates, and one without rows, is done with at once.
      const isQuick = effect.lock === 'long' && effect.table !== null && (rows ?? 0) === 0;
      return isQuick
        ? { ...effect, lock: 'none', why: 'the table is empty', statement, rows }
        : { ...effect, statement, rows };
    }),
  }));
}

async function estimatedRows(pool: pg.Pool): Promise<ReadonlyMap<string, number>> {
  // Never analysed: by the size of the file, at some hundred bytes a row.
  const { rows } = await pool.query<{ name: string; rows: number }>(
    `SELECT relname AS name,
       CASE WHEN reltuples > 0 THEN reltuples::float8 ELSE ceil(pg_relation_size(oid) / 100.0)::float8 END AS rows
     FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace`,
  );
  return new Map(rows.map(({ name, rows: count }) => [name, Math.round(count)]));
}
