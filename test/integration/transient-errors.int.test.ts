import pg from 'pg';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openPrisma } from '../../src/projections/prisma-client.js';
import { until } from '../support/conditions.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';
import type { Link } from '../faults/link.js';
import { openLink } from '../faults/link.js';

// Tells a broken connection from a fault of the server: clients may retry the former.

let database: TestDatabase;
beforeAll(async () => void (database = await createTestDatabase()));
afterAll(() => database[Symbol.asyncDispose]());

let sites = 0;

/** A query through either driver. */
const queriesOn = (pool: pg.Pool, prisma: ReturnType<typeof openPrisma>) => ({
  pg: (text: string): Promise<unknown> => pool.query(text),
  Prisma: (text: string): Promise<unknown> => prisma.$queryRawUnsafe(text),
});

/** A pool, and Prisma on it, that reach the database over a link. */
async function overLink() {
  const link: Link = await openLink(Number(new URL(database.url).port));
  // A name of its own: the server continues a query whose connection was cut, since it does not notice.
  const name = `transient-errors-test-${++sites}`;
  const pool = openPool({
    url: Object.assign(new URL(database.url), { port: String(link.port), search: '' }).href,
    max: 2,
    name,
  });
  const prisma = openPrisma(pool);
  return {
    link,
    async isSleeping(): Promise<boolean> {
      const { rowCount } = await database.pool.query(
        "SELECT FROM pg_stat_activity WHERE application_name = $1 AND query LIKE '%pg_sleep%' AND state = 'active'",
        [name],
      );
      return rowCount === 1;
    },
    queries: queriesOn(pool, prisma),
    async [Symbol.asyncDispose]() {
      // The link first: a pool waits for the queries that are under way.
      await link[Symbol.asyncDispose]();
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

async function letIn(allowed: boolean): Promise<void> {
  const server = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL! });
  await server.connect();
  try {
    await server.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} ALLOW_CONNECTIONS ${allowed}`);
  } finally {
    await server.end();
  }
}

describe.each(['pg', 'Prisma'] as const)('through %s', (driver) => {
  test('a connection that breaks under a query is transient', async () => {
    await using site = await overLink();
    const error = site.queries[driver]('SELECT 1 AS one FROM (SELECT pg_sleep(60)) AS s').then(
      () => null,
      (reason: unknown) => reason,
    );
    await until(() => site.isSleeping(), 'the query runs');
    site.link.cut();
    expect([await error, isTransient(await error)]).toEqual([expect.anything(), true]);
  });

  test('a database that refuses connections is transient', async () => {
    await using site = await overLink();
    site.link.refuse(true);
    const error = await site.queries[driver]('SELECT 1 AS one').then(
      () => null,
      (reason: unknown) => reason,
    );
    expect([error, isTransient(error)]).toEqual([expect.anything(), true]);
  });

  test('a database without a server is transient', async () => {
    await using site = await overLink();
    await site.link[Symbol.asyncDispose]();
    const error = await site.queries[driver]('SELECT 1 AS one').then(
      () => null,
      (reason: unknown) => reason,
    );
    expect([error, isTransient(error)]).toEqual([expect.anything(), true]);
  });

  test('a database without its socket is transient', async () => {
    const pool = openPool({
      url: Object.assign(new URL(database.url), { search: '?host=/nowhere' }).href,
      max: 2,
      name: 'transient-errors-test',
    });
    const prisma = openPrisma(pool);
    const queries = queriesOn(pool, prisma);
    const error = await queries[driver]('SELECT 1 AS one').then(
      () => null,
      (reason: unknown) => reason,
    );
    await prisma.$disconnect();
    await pool.end();
    expect(error).toMatchObject({ message: expect.stringContaining('ENOENT') });
    expect(isTransient(error)).toBe(true);
  });

  test('a database that refuses all logins is transient', async () => {
    await using site = await overLink();
    await letIn(false);
    const error = await site.queries[driver]('SELECT 1 AS one').then(
      () => null,
      (reason: unknown) => reason,
    );
    await letIn(true);
    expect([error, isTransient(error)]).toEqual([expect.anything(), true]);
  });

  test('a statement that the database refuses is not transient', async () => {
    await using site = await overLink();
    const error = await site.queries[driver]('SELECT nonsense FROM nowhere').then(
      () => null,
      (reason: unknown) => reason,
    );
    expect([error, isTransient(error)]).toEqual([expect.anything(), false]);
  });
});
