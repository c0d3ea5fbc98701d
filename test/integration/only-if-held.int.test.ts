import type { PrismaClient } from '../../src/projections/prisma-client.js';
import { Prisma, openPrisma } from '../../src/projections/prisma-client.js';
import { epoch, position } from '../../src/engine/domain/ids.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { ReplicaBehindError, onlyIfHeld } from '../../src/projections/only-if-held.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';

let database: TestDatabase;
let prisma: PrismaClient;

beforeAll(async () => {
  database = await createTestDatabase();
  await openDeployment(database.pool, 2, 2);
  await database.pool.query('UPDATE event_heads SET epoch = 1700000000000000 + partition');
  await database.pool.query(
    `INSERT INTO projection_checkpoints (name, version, partition, position)
     VALUES ('a', 1, 0, 10), ('b', 1, 0, 20), ('a', 1, 1, 30)`,
  );
  prisma = openPrisma(database.pool);
});

afterAll(async () => {
  await prisma?.$disconnect();
  await database?.[Symbol.asyncDispose]();
});

const need = (partition: number, at: number, branch = 1_700_000_000_000_000 + partition) => ({
  partition,
  position: position(at),
  epoch: epoch(branch),
});

const holds = (models: readonly string[], ...at: readonly ReturnType<typeof need>[]): Promise<boolean> =>
  onlyIfHeld(prisma, { models, at }).$queryRaw`SELECT 1`.then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof ReplicaBehindError)) throw error;
      return false;
    },
  );

test('every read model has to hold every position', async () => {
  expect(await holds(['a'], need(0, 10))).toBe(true);
  expect(await holds(['a'], need(0, 11))).toBe(false);
  expect(await holds(['a', 'b'], need(0, 10))).toBe(true);
  expect(await holds(['b'], need(0, 20))).toBe(true);
  expect(await holds(['a', 'b'], need(0, 20))).toBe(false);
  expect(await holds(['a'], need(0, 10), need(1, 30))).toBe(true);
  expect(await holds(['a'], need(0, 10), need(1, 31))).toBe(false);
});

test('a read model without a checkpoint holds nothing but position 0', async () => {
  expect(await holds(['b'], need(1, 1))).toBe(false);
  expect(await holds(['b'], need(1, 0))).toBe(true);
});

test('no position of another branch is held, and none of a missing partition', async () => {
  expect(await holds(['a'], need(0, 1, 1_700_000_000_000_001))).toBe(false);
  expect(await holds(['a'], need(0, 10), need(2, 0))).toBe(false);
});

test('an answer is what the query alone would answer, in its order', async () => {
  const guarded = onlyIfHeld(prisma, { models: ['a'], at: [need(0, 10)] });
  const query = (n: number) => Prisma.sql`
    WITH counted AS (SELECT g AS n FROM generate_series(1, ${n}::integer) AS g)
    SELECT n, 'row ' || n AS text, json_build_object('n', n) AS json, n::bigint AS big, now() - now() IS NULL AS no,
      CASE WHEN n = 2 THEN NULL ELSE to_timestamp(n) END AS at
    FROM counted ORDER BY n % 3, n DESC`;
  for (const n of [0, 1, 10]) expect(await guarded.$queryRaw(query(n))).toEqual(await prisma.$queryRaw(query(n)));
});
