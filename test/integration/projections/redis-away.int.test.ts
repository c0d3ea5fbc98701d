import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import type { LogPosition } from '../../../src/engine/domain/ids.js';
import { position } from '../../../src/engine/domain/ids.js';
import type { RedisConnection } from '../../../src/engine/redis/client.js';
import { openRedis } from '../../../src/engine/redis/client.js';
import { NEVER_FORKED } from '../../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../../src/engine/redis/projection-store.js';
import { redisReadCache } from '../../../src/engine/redis/read-cache.js';
import type { ManagedServer } from '../../../src/embedded/managed-server.js';
import { startRedis } from '../../../src/embedded/redis.js';
import { recentPages } from '../../../src/projections/message/recent-timeline/query.js';
import { redisProjections } from '../../../src/projections/registry.js';
import { ROOM, created, joined, posted } from '../../support/room-events.js';
import { NOTHING_SHOWN, PARTITION, handledBy, project, recorded } from './recorded.js';

/** A Redis of its own, which these tests stop, empty and fill up. */
const log = pino({ level: 'silent' });
const LOG_ID = 'log';
let dataDir: string;
let server: ManagedServer;
let redis: RedisConnection;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'madang-redis-away-'));
  server = await startRedis({ dataDir, log });
  redis = await openRedis(server.url, { log });
});

afterEach(async () => {
  await redis.close();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const syntheticLog = recorded(created('ann'), joined('ann'), posted('ann', 1));

/** A server that is away gets no command. */
async function nobodyWaits(): Promise<void> {
  let asked = 0;
  const counting: RedisConnection = { ...redis, run: (...script) => (asked++, redis.run(...script)) };
  expect(await ask(redisReadCache(counting, LOG_ID, { log, ...NOTHING_SHOWN }))).toEqual([null]);
  expect(asked).toBe(0);
}

const ask = (cache = redisReadCache(redis, LOG_ID, { log, ...NOTHING_SHOWN })) =>
  recentPages(cache, PARTITION, null, [
    { roomId: ROOM, partition: PARTITION, direction: 'before', from: null, limit: 5, atLeast: position(0) },
  ]);
const served = [expect.objectContaining({ source: 'redis', messages: [expect.objectContaining({ seq: 1 })] })];

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 15_000; performance.now() < end; await delay(20)) if (await condition()) return;
  throw new Error('the condition did not come true in time');
}

test('after FLUSHALL the models are not read from, and fill again from the first event', async () => {
  const store = redisProjectionStore(redis, LOG_ID, NEVER_FORKED);
  await project(store, redisProjections, syntheticLog);
  expect(await ask()).toEqual(served);
  await redis.ask((client) => client.flushall());
  expect(await ask()).toEqual([null]);
  expect(await store.apply(redisProjections[0]!, PARTITION, position(3), position(4), [])).toBe('superseded');
  await project(store, redisProjections, syntheticLog);
  expect(await ask()).toEqual(served);
});

test('a reader of an event gets no store that lacks the event', async () => {
  const store = redisProjectionStore(redis, LOG_ID, NEVER_FORKED);
  const asked: { readonly at: LogPosition; readonly deadline: AbortSignal }[] = [];
  const cache = redisReadCache(redis, LOG_ID, {
    log,
    caughtUp: (at, deadline) => {
      asked.push({ at, deadline });
      return new Promise((resolve) => deadline.addEventListener('abort', () => resolve(false)));
    },
    head: () => position(4),
  });
  await project(store, redisProjections, syntheticLog);
  expect(await ask(cache)).toEqual(served);
  await redis.ask((client) => client.flushall());
  expect(await ask(cache)).toEqual([null]);
  expect(asked).toEqual([
    { at: { partition: PARTITION, position: 3 }, deadline: expect.objectContaining({ aborted: true }) },
  ]);
  expect(await ask(cache)).toEqual([null]);
  expect(asked).toHaveLength(1);

  await project(store, redisProjections, syntheticLog);
  expect(await ask(cache)).toEqual([null]);
  await project(store, redisProjections, recorded(...syntheticLog.map(({ event }) => event), posted('ann', 2)));
  expect(await ask(cache)).toEqual([expect.objectContaining({ source: 'redis' })]);
  expect(asked).toHaveLength(1);
});

test('a Redis that comes back empty is not read from until it has filled again', async () => {
  const store = redisProjectionStore(redis, LOG_ID, NEVER_FORKED);
  await project(store, redisProjections, syntheticLog);
  await server.stop();
  await until(() => redis.isAway());
  await nobodyWaits();
  await expect(store.progress(redisProjections[0]!, PARTITION)).rejects.toMatchObject({ code: 'REDIS_AWAY' });
  server = await startRedis({ dataDir, log });
  await until(() => !redis.isAway());
  expect(await ask()).toEqual([null]);
  await project(store, redisProjections, syntheticLog);
  expect(await ask()).toEqual(served);
});

test('a hanging Redis is asked by the first reader alone, and used once it answers', async () => {
  await project(redisProjectionStore(redis, LOG_ID, NEVER_FORKED), redisProjections, syntheticLog);
  process.kill(server.pid, 'SIGSTOP');
  try {
    expect(await ask()).toEqual([null]);
    expect(redis.isAway()).toBe(true);
    await nobodyWaits();
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  await until(() => !redis.isAway());
  expect(await ask()).toEqual(served);
});

test('a Redis whose replies a busy process has not read yet is not away', async () => {
  const asked = redis.ask((client) => client.ping());
  for (const end = performance.now() + 700; performance.now() < end;);
  expect(await asked).toBe('PONG');
  expect(redis.isAway()).toBe(false);
});

test('an absent Redis does not delay the start', async () => {
  await server.stop();
  await using connection = await openRedis(server.url, { log });
  expect(connection.isAway()).toBe(true);
});

test('a model that does not fit into Redis is not read from until it has caught up', async () => {
  const recent = redisProjections.find(({ name }) => name === 'recent-timeline')!;
  const store = redisProjectionStore(redis, LOG_ID, NEVER_FORKED);
  await project(store, redisProjections, syntheticLog);
  const more = recorded(...syntheticLog.map(({ event }) => event), posted('ann', 2));
  const next = () => store.apply(recent, PARTITION, position(3), position(4), handledBy(recent, more.slice(3)));
  await redis.ask((client) => client.config('SET', 'maxmemory', '1'));
  await expect(next()).rejects.toThrow(/^OOM/);
  expect(await store.progress(recent, PARTITION)).toMatchObject({ position: 3, live: false });
  expect(await ask()).toEqual([null]);
  await redis.ask((client) => client.config('SET', 'maxmemory', '0'));
  expect(await next()).toBe('applied');
  await store.setLive(recent, PARTITION, true);
  expect(await ask()).toEqual([expect.objectContaining({ source: 'redis' })]);
});
