import { checkDatabase } from '../../src/engine/postgres/server-check.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { allMessages, createRoom, joinRoom, sendMessage, signIn } from '../support/chat-client.js';
import { runCli } from '../support/cli.js';
import { until } from '../support/conditions.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';
import { startMadang } from '../support/madang.js';
import { startPgbouncer } from '../support/pgbouncer.js';

// With the real PgBouncer, of the operating system.

let database: TestDatabase;
beforeAll(async () => void (database = await createTestDatabase()));
afterAll(() => database[Symbol.asyncDispose]());

const envOf = (url: string) => ({ DATABASE_URL: url, REDIS_URL: process.env.TEST_REDIS_URL!, MADANG_LOG: 'embedded' });

test.each(['transaction', 'statement'])(
  'pool_mode %s is refused at the start, in one line that says what to do',
  async (mode) => {
    await using pooler = await startPgbouncer(database.url, { pool_mode: mode });
    const env = envOf(pooler.url);
    const refused = await startMadang({ env }).then(
      () => null,
      (error: Error) => error.message,
    );
    expect(refused).toContain('ended with 1');
    const lines = refused!
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: string; msg: string });
    expect(lines.filter(({ level }) => level === 'fatal')).toEqual([
      expect.objectContaining({ msg: expect.stringContaining('set pool_mode = session') }),
    ]);
    const { code, stderr } = await runCli(env, 'projections', 'list');
    expect([code, stderr.trim().split('\n')]).toEqual([1, [expect.stringContaining('set pool_mode = session')]]);
  },
);

test.each([
  ['in turn', { server_round_robin: '1' }],
  ['with a single session', { default_pool_size: '1' }],
  ['with the names of prepared statements kept', { ignore_startup_parameters: 'options' }],
])('a pooler of transactions is recognised with any assignment of sessions: %s', async (_, settings) => {
  await using pooler = await startPgbouncer(database.url, { pool_mode: 'transaction', ...settings });
  await expect(checkDatabase({ url: pooler.url, connections: 4 })).rejects.toMatchObject({ code: 'DATABASE_UNFIT' });
});

test('a pooler of transactions is recognised also while others use its sessions', async () => {
  await using pooler = await startPgbouncer(database.url, { pool_mode: 'transaction', default_pool_size: '4' });
  const busy = openPool({ url: pooler.url, max: 8, name: 'pooler-test' });
  let stop = false;
  const asking = Array.from({ length: 8 }, async () => {
    while (!stop) await busy.query('SELECT pg_sleep(0.002)').catch(() => undefined);
  });
  const checks = await Promise.allSettled(
    Array.from({ length: 5 }, () => checkDatabase({ url: pooler.url, connections: 4 })),
  );
  stop = true;
  await Promise.all(asking);
  await busy.end();
  expect(checks.map((check) => check.status === 'rejected' && (check.reason as { code?: string }).code)).toEqual(
    Array(5).fill('DATABASE_UNFIT'),
  );
});

test('a direct connection or a pooler of sessions is not taken for a shared one', async () => {
  await using pooler = await startPgbouncer(database.url, { pool_mode: 'session' });
  const checks = Array.from({ length: 10 }, (_, n) =>
    checkDatabase({ url: n % 2 ? pooler.url : database.url, connections: 4 }),
  );
  await expect(Promise.all(checks)).resolves.toHaveLength(10);
});

test('through pool_mode session the whole system works', async () => {
  await using pooler = await startPgbouncer(database.url, { pool_mode: 'session' });
  const env = envOf(pooler.url);
  await using madang = await startMadang({ env });
  await using mina = await signIn(madang.url, 'mina');
  await using jun = await signIn(madang.url, 'jun');
  const { roomId } = await createRoom(mina, '마당');
  const joined = await joinRoom(jun, roomId);
  const live = jun.events(roomId, joined.position!);
  const bodies = Array.from({ length: 50 }, (_, n) => `안녕 ${n}`);
  for (const body of bodies) expect((await sendMessage(mina, { roomId, body })).receipt.status).toBe('SUCCEEDED');
  await until(() => live.received.length >= bodies.length, 'every message is pushed');
  // A push may be ahead of the read models: only jun's own messages are sure to be readable.
  await until(async () => (await allMessages(jun, roomId)).length >= bodies.length, 'the history is whole');
  expect((await allMessages(jun, roomId)).map(({ body }) => body)).toEqual(bodies);
  live.stop();
  const rebuilt = await runCli(env, 'projections', 'rebuild', '--all', '--yes');
  expect([rebuilt.code, rebuilt.stderr]).toEqual([0, expect.anything()]);
  expect((await runCli(env, 'projections', 'verify', '--all')).code).toBe(0);
  expect((await allMessages(jun, roomId)).map(({ body }) => body)).toEqual(bodies);
}, 120_000);
