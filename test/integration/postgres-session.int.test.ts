import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openClient, openPool } from '../../src/engine/postgres/pool.js';
import { openPrisma } from '../../src/projections/prisma-client.js';
import { Session } from '../../src/engine/postgres/session.js';
import { checkDatabase } from '../../src/engine/postgres/server-check.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import { quietLogger } from '../support/conditions.js';
import type { DatabaseRole } from '../support/database-role.js';
import { createRole } from '../support/database-role.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';

// Defaults of a role, a database or an environment must not change an answer.

const STRANGE = {
  timezone: "'Asia/Seoul'",
  datestyle: "'SQL, DMY'",
  intervalstyle: "'sql_standard'",
  client_encoding: "'LATIN1'",
  standard_conforming_strings: 'off',
  bytea_output: "'escape'",
  extra_float_digits: '-15',
  array_nulls: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  row_security: 'off',
  search_path: "'nowhere'",
  default_transaction_isolation: "'serializable'",
  default_transaction_deferrable: 'on',
  statement_timeout: '200',
  lock_timeout: '200',
  idle_session_timeout: '200',
  idle_in_transaction_session_timeout: '0',
  plan_cache_mode: "'force_custom_plan'",
  synchronous_commit: "'off'",
} as const;

const PINNED = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  row_security: 'on',
  search_path: 'public',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_session_timeout: '0',
  idle_in_transaction_session_timeout: '10s',
  plan_cache_mode: 'force_generic_plan',
} as const;

const AT = '2026-07-01T12:34:56.789Z';

let database: TestDatabase;
let role: DatabaseRole;
beforeAll(async () => {
  database = await createTestDatabase();
  role = await createRole(database.url, STRANGE);
});
afterAll(async () => {
  await role?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const SHOWN =
  'SELECT ' +
  [...Object.keys(PINNED), 'synchronous_commit'].map((name) => `current_setting('${name}') AS "${name}"`).join(', ');

type Ask = (text: string) => Promise<object>;

/** Every way in which the program opens a session. */
const WAYS: Readonly<Record<string, readonly [syncCommit: string, ask: (text: string) => Promise<object>]>> = {
  'a pool': ['on', withPool({}, (pool) => async (text) => (await pool.query<object>(text)).rows[0]!)],
  'a pool whose commits do not wait for the disk': [
    'off',
    withPool({ durable: false }, (pool) => async (text) => (await pool.query<object>(text)).rows[0]!),
  ],
  'a client of a pool': [
    'on',
    withPool({}, (pool) => async (text) => {
      const client = await pool.connect();
      try {
        return (await client.query<object>(text)).rows[0]!;
      } finally {
        client.release();
      }
    }),
  ],
  Prisma: [
    'on',
    withPool({}, (pool) => async (text) => {
      const prisma = openPrisma(pool);
      try {
        return (await prisma.$queryRawUnsafe<object[]>(text))[0]!;
      } finally {
        await prisma.$disconnect();
      }
    }),
  ],
  'a connection of its own': [
    'off',
    async (text) => {
      const client = openClient(role.url, 'session-test');
      await client.connect();
      try {
        return (await client.query<object>(text)).rows[0]!;
      } finally {
        await client.end();
      }
    },
  ],
  'the connection for wake-ups': [
    'off',
    async (text) => {
      await using wakeUp = await openWakeUp({
        key: Buffer.alloc(32),
        url: role.url,
        name: 'session-test',
        log: quietLogger,
      });
      return (await wakeUp.query<object & pg.QueryResultRow>(text, []))[0]!;
    },
  ],
};

function withPool(options: { readonly durable?: boolean }, use: (pool: pg.Pool) => Ask): Ask {
  return async (text) => {
    const pool = openPool({ url: role.url, max: 1, name: 'session-test', ...options });
    try {
      return await use(pool)(text);
    } finally {
      await pool.end();
    }
  };
}

test.each(Object.entries(WAYS))(
  '%s has the same session, with any defaults of the role',
  async (_, [synchronousCommit, ask]) => {
    expect(await ask(SHOWN)).toEqual({ ...PINNED, synchronous_commit: synchronousCommit });
  },
);

test.each(Object.entries(WAYS))('%s reads times as the same instant', async (_, [, ask]) => {
  const row = await ask(
    `SELECT '${AT}'::timestamptz(3) AS at, extract(epoch FROM '${AT}'::timestamptz)::text AS epoch, '한'::text AS text`,
  );
  expect(row).toEqual({ at: new Date(AT), epoch: '1782909296.789000', text: '한' });
});

test('a time is the same instant through the pool and through Prisma', async () => {
  const pool = openPool({ url: role.url, max: 2, name: 'session-test' });
  const prisma = openPrisma(pool);
  try {
    const [one, other] = [`room-${randomUUID()}`, `room-${randomUUID()}`];
    await pool.query(
      `INSERT INTO rooms (id, title, created_at, created_by, position) VALUES ($1, '', to_timestamp($2), '', 1)`,
      [one, Date.parse(AT) / 1_000],
    );
    expect((await prisma.room.findUnique({ where: { id: one } }))?.createdAt).toEqual(new Date(AT));
    await prisma.room.create({ data: { id: other, title: '', createdAt: new Date(AT), createdBy: '', position: 1n } });
    expect((await pool.query<{ at: Date }>('SELECT created_at AS at FROM rooms WHERE id = $1', [other])).rows).toEqual([
      { at: new Date(AT) },
    ]);
  } finally {
    await prisma.$disconnect();
    await pool.end();
  }
});

test('a deployment’s setting of synchronous standbys stays', async () => {
  await using chosen = await createRole(database.url, { synchronous_commit: "'remote_apply'" });
  const pool = openPool({ url: chosen.url, max: 1, name: 'session-test' });
  const { rows } = await pool.query('SHOW synchronous_commit');
  await pool.end();
  expect(rows).toEqual([{ synchronous_commit: 'remote_apply' }]);
});

test('a statement of a role with time-outs of its own takes the time that it needs', async () => {
  await expect(
    withPool(
      {},
      (pool) => async (text) => (await pool.query<object>(text)).rows[0]!,
    )('SELECT pg_sleep(0.5)::text AS slept'),
  ).resolves.toEqual({ slept: '' });
});

describe('the start checks settings that no session can change', () => {
  const check = (url: string, connections = 4) => checkDatabase({ url, connections });

  test('and accepts a role with strange defaults', async () => {
    await using plain = await createRole(database.url, { ...STRANGE, search_path: 'public' });
    expect((await check(plain.url)).filter((warning) => !warning.includes('= off'))).toEqual([]);
  });

  test.each(['LATIN1', 'SQL_ASCII'])('a database in %s is refused', async (encoding) => {
    const name = `madang_test_${process.env.TEST_RUN_ID}_${encoding.toLowerCase()}`;
    await database.pool.query(
      `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
    );
    try {
      const url = Object.assign(new URL(database.url), { pathname: `/${name}` }).href;
      await expect(check(url)).rejects.toMatchObject({
        code: 'DATABASE_UNFIT',
        message: expect.stringMatching(new RegExp(`encoding ${encoding}.*ENCODING 'UTF8'`)),
      });
    } finally {
      await database.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });

  test('a role whose transactions are read-only is refused', async () => {
    await using readOnly = await createRole(database.url, { default_transaction_read_only: 'on' });
    await expect(check(readOnly.url)).rejects.toMatchObject({
      code: 'DATABASE_UNFIT',
      message: expect.stringContaining('default_transaction_read_only = off'),
    });
  });

  test('tables of ours in another schema are refused, not created again in public', async () => {
    await using other = await createTestDatabase();
    await other.pool.query('CREATE SCHEMA elsewhere; ALTER TABLE event_heads SET SCHEMA elsewhere');
    await using apart = await createRole(other.url, { search_path: 'elsewhere' });
    await expect(check(apart.url)).rejects.toMatchObject({
      code: 'DATABASE_UNFIT',
      message: expect.stringContaining('schema "elsewhere"'),
    });
  });

  test('a role with fewer connections than this process may open is reported', async () => {
    await using few = await createRole(database.url, {}, 'CONNECTION LIMIT 5');
    expect(await check(few.url, 22)).toContainEqual(
      expect.stringMatching(/this role 5 connections at most.*may open 22.*MADANG_DATABASE_CONNECTIONS/),
    );
    expect(await check(few.url, 5)).not.toContainEqual(expect.stringContaining('connections at most'));
  });
});

test('a connection lost before its session is ready fails its caller, not the process', async () => {
  /** A session whose server is slow after the greeting. */
  class Slow extends Session {
    override query(): never {
      return super.query('SELECT pg_sleep(3)') as never;
    }
  }
  const slow = new pg.Pool({ connectionString: database.url, Client: Slow as never, connectionTimeoutMillis: 1_000 });
  const uncaught = new Promise<unknown>((resolve) => process.once('uncaughtException', resolve));
  await expect(slow.connect()).rejects.toThrow(/timeout/);
  const alive = database.pool.query('SELECT 1 AS one').then(({ rows }) => rows);
  expect(await Promise.race([alive, uncaught])).toEqual([{ one: 1 }]);
  await slow.end();
});
