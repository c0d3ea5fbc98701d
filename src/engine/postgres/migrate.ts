import { fileURLToPath } from 'node:url';
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { databaseCode } from './errors.js';

/** The folder of the migrations, in a checkout and in the package. */
export const MIGRATIONS = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

const LOCK_EVERY_MS = 50;

/**
 * A change to a table waits for its running users, and every later statement queues behind it: one long transaction,
 * such as a backup, would block the whole deployment. So a try waits this long, lets the others pass for as long, and
 * repeats.
 */
const TABLE_LOCK_MS = 2_000;
const TABLE_LOCK_TRIES = 60;
/** lock_not_available; and deadlock_detected, with work that locks the same tables in another order. */
const IN_THE_WAY = new Set(['55P03', '40P01']);

/**
 * The first line of a migration that is not one transaction, such as one that builds an index without blocking writers.
 * Its statements end with a semicolon and a new line, and each is repeatable: an interrupted migration starts anew.
 */
const IN_STEPS = '-- in steps\n';

/** An advisory lock key that only migrating processes take; any fixed number. */
const MIGRATION_LOCK = 0x6d6164616e67;

export class DatabaseNewerError extends Error {
  readonly code = 'DATABASE_NEWER';
}

/** No process of this version has prepared the database, and a tool may not change it. */
export class DatabaseBehindError extends Error {
  readonly code = 'DATABASE_BEHIND';
}

export class MigrationChangedError extends Error {
  readonly code = 'MIGRATION_CHANGED';
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Applies the missing migrations in order, each in a transaction of its own, and keeps Prisma's `_prisma_migrations`
 * table, so that `prisma migrate status` agrees. Safe when many processes start at once: one applies, the others wait.
 * @returns the names of the applied migrations
 * @throws {DatabaseNewerError} the database has migrations that this program does not know
 * @throws {MigrationChangedError} an applied migration was edited afterwards
 */
export async function migrate(pool: pg.Pool, directory: string): Promise<readonly string[]> {
  const migrations = await readMigrations(directory);
  const client = await pool.connect();
  try {
    await lock(client);
    await client.query(`
      CREATE TABLE IF NOT EXISTS _prisma_migrations (
        id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
        migration_name varchar(255) NOT NULL,
        logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(),
        applied_steps_count integer NOT NULL DEFAULT 0
      )`);
    const applied = await readApplied(client);
    refuseUnknown(applied, migrations);

    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    client.release();
  }
}

/**
 * Polls for the lock: a process that waited in a statement would block an index build of the holder, which waits for
 * all statements.
 */
async function lock(client: pg.PoolClient): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      MIGRATION_LOCK,
    ]);
    if (rows[0]!.locked) return;
    await delay(LOCK_EVERY_MS);
  }
}

/**
 * For a tool beside a running deployment: it must create no tables, neither of a release that is not deployed yet nor
 * in a database that `DATABASE_URL` names by mistake.
 * @throws {DatabaseBehindError} a migration is missing; and the errors of {@link migrate}
 */
export async function refuseUnprepared(pool: pg.Pool, directory: string): Promise<void> {
  const migrations = await readMigrations(directory);
  const applied = await appliedOf(pool);
  refuseUnknown(applied, migrations);
  if (applied.size === 0) throw noDeployment();
  const missing = migrations.find(({ name }) => !applied.has(name));
  if (!missing) return;
  throw new DatabaseBehindError(
    `the database lacks migration ${missing.name}, which this program needs: ` +
      'start a process of this version first, or use the bin/madang of the version that runs',
  );
}

/** A migration that a start of this program would apply. */
export interface PendingMigration {
  readonly name: string;
  /** Statement by statement, as `CREATE INDEX CONCURRENTLY` needs it; otherwise it is one transaction. */
  readonly inSteps: boolean;
  readonly statements: readonly string[];
}

/**
 * What {@link migrate} would apply. Reads alone.
 * @throws the errors of {@link migrate}
 */
export async function pendingMigrations(
  database: Pick<pg.Pool, 'query'>,
  directory: string,
): Promise<readonly PendingMigration[]> {
  const migrations = await readMigrations(directory);
  const applied = await appliedOf(database);
  refuseUnknown(applied, migrations);
  return migrations
    .filter(({ name }) => !applied.has(name))
    .map(({ name, sql }) => ({ name, inSteps: sql.startsWith(IN_STEPS), statements: statementsOf(sql) }));
}

export const noDeployment = (): DatabaseBehindError =>
  new DatabaseBehindError(
    'this database holds no deployment of Madang: correct DATABASE_URL, or start a process on it first',
  );

/** Those of a database that may have none yet. */
async function appliedOf(database: Pick<pg.Pool, 'query'>): Promise<ReadonlyMap<string, string>> {
  const { rows } = await database.query<{ known: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS known",
  );
  return rows[0]!.known ? readApplied(database) : new Map();
}

async function readApplied(database: Pick<pg.Pool, 'query'>): Promise<ReadonlyMap<string, string>> {
  const { rows } = await database.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

function refuseUnknown(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of applied) {
    const expected = known.get(name);
    if (expected === undefined && !migrations.some((migration) => applied.has(migration.name))) {
      throw new DatabaseNewerError(
        `the database has migration ${name} of another program: give Madang a database of its own, ` +
          'and name it in DATABASE_URL',
      );
    }
    if (expected === undefined) {
      throw new DatabaseNewerError(
        `the database has migration ${name}, which this program does not know: start a newer version of it`,
      );
    }
    if (expected !== checksum) {
      throw new MigrationChangedError(
        `migration ${name} was edited after it was applied: restore its file and add a new migration`,
      );
    }
  }
}

async function apply(client: pg.PoolClient, migration: Migration): Promise<void> {
  if (migration.sql.startsWith(IN_STEPS)) return applyInSteps(client, migration);
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyAtOnce(client, migration);
    } catch (cause) {
      const isInTheWay = IN_THE_WAY.has(databaseCode(cause) ?? '');
      if (!isInTheWay) throw new Error(`migration ${migration.name} failed and was rolled back`, { cause });
      if (attempt === TABLE_LOCK_TRIES) {
        throw new Error(
          `migration ${migration.name} found its tables in use all the time: ` +
            'find long transactions, such as a backup, and start again',
          { cause },
        );
      }
      await delay(TABLE_LOCK_MS);
    }
  }
}

async function applyAtOnce(client: pg.PoolClient, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(`BEGIN; SET LOCAL lock_timeout = ${TABLE_LOCK_MS}`);
  try {
    await client.query(sql);
    await client.query(APPLIED, [randomUUID(), checksum, name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

const APPLIED =
  'INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, ' +
  'applied_steps_count) VALUES ($1, $2, $3, now(), 1)';

/** The statements of a migration, without comments. A statement ends with its line, outside of a quoted body. */
function statementsOf(sql: string): readonly string[] {
  const statements: string[] = [];
  let lines: string[] = [];
  let body: string | null = null;
  for (const line of sql.split('\n')) {
    if (body === null && /^\s*(?:--.*)?$/.test(line)) continue;
    lines.push(line);
    for (const [quote] of line.matchAll(/\$\w*\$/g)) body = body === null ? quote : body === quote ? null : body;
    if (body !== null || !line.trimEnd().endsWith(';')) continue;
    statements.push(lines.join('\n').trim().slice(0, -1));
    lines = [];
  }
  const rest = lines.join('\n').trim();
  return rest === '' ? statements : [...statements, rest];
}

async function applyInSteps(client: pg.PoolClient, { name, sql, checksum }: Migration): Promise<void> {
  try {
    for (const statement of statementsOf(sql)) await client.query(statement);
    await client.query(APPLIED, [randomUUID(), checksum, name]);
  } catch (cause) {
    throw new Error(`migration ${name} failed: start again, and it begins anew`, { cause });
  }
}
