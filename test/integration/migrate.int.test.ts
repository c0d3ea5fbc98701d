import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { planMigrations } from '../../src/engine/postgres/migration-plan.js';
import { migrate } from '../../src/engine/postgres/migrate.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { until } from '../support/conditions.js';
import { createTestDatabase } from '../support/database.js';

const MIGRATIONS = 'prisma/migrations';
const FIRST = '20260101000000_first';
const SECOND = '20260102000000_second';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'madang-migrations-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function add(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'migration.sql'), sql);
}

/** An empty database. */
async function emptyDatabase() {
  const database = await createTestDatabase();
  await database.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  return database;
}

async function tables(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

test('of many processes one applies the migrations, and all find them applied', async () => {
  await using database = await emptyDatabase();
  const pools = Array.from({ length: 10 }, () => openPool({ url: database.url, max: 2, name: 'migrate-test' }));
  try {
    const applied = await Promise.all(pools.map((pool) => migrate(pool, MIGRATIONS)));
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    const { rows } = await database.pool.query<{ name: string; n: number }>(
      'SELECT migration_name AS name, count(*)::int AS n FROM _prisma_migrations GROUP BY 1 ORDER BY 1',
    );
    expect(rows).toEqual(applied.flat().map((name) => ({ name, n: 1 })));
    expect(await migrate(database.pool, MIGRATIONS)).toEqual([]);
    expect(await tables(database.pool)).toEqual(
      expect.arrayContaining(['events', 'receipts', 'messages', 'process_manager_checkpoints']),
    );
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
});

test("a database that is newer than the program is refused by the migration's name", async () => {
  await using database = await emptyDatabase();
  await cp(MIGRATIONS, directory, { recursive: true });
  await migrate(database.pool, MIGRATIONS);
  await add('29990101000000_from_the_future', 'CREATE TABLE future (id integer)');
  await migrate(database.pool, directory);
  await expect(migrate(database.pool, MIGRATIONS)).rejects.toMatchObject({
    code: 'DATABASE_NEWER',
    message: expect.stringContaining('29990101000000_from_the_future'),
  });
  expect(await tables(database.pool)).toContain('future');
});

test('an applied migration that was edited is refused by name, and none is applied', async () => {
  await using database = await emptyDatabase();
  await add(FIRST, 'CREATE TABLE one (id integer)');
  await migrate(database.pool, directory);
  await add(FIRST, 'CREATE TABLE one (id bigint)');
  await add(SECOND, 'CREATE TABLE two (id integer)');
  await expect(migrate(database.pool, directory)).rejects.toMatchObject({
    code: 'MIGRATION_CHANGED',
    message: expect.stringContaining(FIRST),
  });
  expect(await tables(database.pool)).toEqual(['_prisma_migrations', 'one']);
});

test('a migration that fails leaves nothing and no lock, and is applied once mended', async () => {
  await using database = await emptyDatabase();
  await add(FIRST, 'CREATE TABLE one (id integer)');
  await add(
    SECOND,
    'CREATE TABLE two (id integer); INSERT INTO two VALUES (1); SELECT 1 / (SELECT count(*) - 1 ' +
      'FROM two); CREATE TABLE three (id integer)',
  );
  await expect(migrate(database.pool, directory)).rejects.toMatchObject({
    message: expect.stringContaining(SECOND),
    cause: { code: '22012' },
  });
  expect(await tables(database.pool)).toEqual(['_prisma_migrations', 'one']);
  const locks = await database.pool.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database ` +
      'WHERE datname = current_database())',
  );
  expect(locks.rowCount).toBe(0);

  await add(SECOND, 'CREATE TABLE two (id integer)');
  await using other = openDisposablePool(database.url);
  expect(await migrate(other.pool, directory)).toEqual([SECOND]);
  expect(await tables(database.pool)).toEqual(['_prisma_migrations', 'one', 'two']);
});

function openDisposablePool(url: string) {
  const pool = openPool({ url, max: 1, name: 'migrate-test' });
  return { pool, [Symbol.asyncDispose]: () => pool.end() };
}

test('a migration that waits for a table lets others use it meanwhile', async () => {
  await using database = await emptyDatabase();
  await add(FIRST, 'CREATE TABLE one (id integer)');
  await migrate(database.pool, directory);
  await add(SECOND, 'ALTER TABLE one ADD COLUMN two integer');
  const backup = await database.pool.connect();
  await backup.query('BEGIN; SELECT FROM one');
  await using other = openDisposablePool(database.url);
  const migrated = migrate(other.pool, directory);
  const waits = async (): Promise<boolean> =>
    (
      await database.pool.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE one%'",
      )
    ).rowCount === 1;
  await until(waits, 'the migration waits for the table');
  // Behind the migration, which yields; not behind the backup.
  await database.pool.query('INSERT INTO one VALUES (1)');
  await backup.query('COMMIT');
  backup.release();
  expect(await migrated).toEqual([SECOND]);
  expect((await database.pool.query('SELECT id, two FROM one')).rows).toEqual([{ id: 1, two: null }]);
});

test('a process that dies while it migrates leaves the rest to the next one', async () => {
  await using database = await emptyDatabase();
  await add(FIRST, 'CREATE TABLE one (id integer)');
  await add(SECOND, `CREATE TABLE two (id integer); SELECT pg_terminate_backend(pg_backend_pid())`);
  {
    await using dying = openDisposablePool(database.url);
    await expect(migrate(dying.pool, directory)).rejects.toThrow(SECOND);
  }
  await add(SECOND, 'CREATE TABLE two (id integer)');
  expect(await migrate(database.pool, directory)).toEqual([SECOND]);
});

test("the table of applied migrations is Prisma's, and has each as finished", async () => {
  await using database = await emptyDatabase();
  await migrate(database.pool, MIGRATIONS);
  const { rows } = await database.pool.query(`
    SELECT column_name AS name, data_type AS type, character_maximum_length AS length, is_nullable AS nullable,
      column_default AS "default"
    FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`);
  expect(rows).toEqual([
    { name: 'id', type: 'character varying', length: 36, nullable: 'NO', default: null },
    { name: 'checksum', type: 'character varying', length: 64, nullable: 'NO', default: null },
    { name: 'finished_at', type: 'timestamp with time zone', length: null, nullable: 'YES', default: null },
    { name: 'migration_name', type: 'character varying', length: 255, nullable: 'NO', default: null },
    { name: 'logs', type: 'text', length: null, nullable: 'YES', default: null },
    { name: 'rolled_back_at', type: 'timestamp with time zone', length: null, nullable: 'YES', default: null },
    { name: 'started_at', type: 'timestamp with time zone', length: null, nullable: 'NO', default: 'now()' },
    { name: 'applied_steps_count', type: 'integer', length: null, nullable: 'NO', default: '0' },
  ]);
  const done = await database.pool.query(
    'SELECT FROM _prisma_migrations WHERE finished_at IS NOT NULL AND logs IS NULL ' +
      'AND rolled_back_at IS NULL AND applied_steps_count = 1',
  );
  expect(done.rowCount).toBeGreaterThan(3);
});

test('a dry run names the missing migrations and their locks, and changes nothing', async () => {
  await using database = await emptyDatabase();
  await add(FIRST, 'CREATE TABLE full_one (id int);\nCREATE TABLE empty_one (id int);\n');
  await migrate(database.pool, directory);
  await database.pool.query('INSERT INTO full_one SELECT generate_series(1, 1000); ANALYZE full_one');
  await add(
    SECOND,
    `-- in steps
-- An index; and more.
CREATE INDEX full_index ON full_one (id);
CREATE INDEX CONCURRENTLY full_index_2
  ON full_one (id);
CREATE INDEX empty_index ON empty_one (id);
CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  RETURN 1;
END $$;
ALTER TABLE full_one ADD COLUMN note text`,
  );
  const [planned, ...others] = await planMigrations(database.pool, directory);
  expect(others).toEqual([]);
  expect(planned).toMatchObject({ name: SECOND, inSteps: true });
  expect(planned!.statements.map(({ table, lock, rows }) => [table, lock, rows])).toEqual([
    ['full_one', 'long', 1_000],
    ['full_one', 'none', 1_000],
    ['empty_one', 'none', 0],
    [null, 'none', null],
    ['full_one', 'short', 1_000],
  ]);
  expect(await tables(database.pool)).toEqual(['_prisma_migrations', 'empty_one', 'full_one']);
  await migrate(database.pool, directory);
  expect(await planMigrations(database.pool, directory)).toEqual([]);
  expect((await database.pool.query<{ one: number }>('SELECT one()')).rows).toEqual([{ one: 1 }]);
});

test('a dry run on an empty database creates nothing', async () => {
  await using database = await emptyDatabase();
  const planned = await planMigrations(database.pool, MIGRATIONS);
  expect(planned.length).toBeGreaterThan(10);
  expect(planned.flatMap(({ statements }) => statements).filter(({ lock }) => lock === 'long')).toEqual([]);
  expect(await tables(database.pool)).toEqual([]);
});
