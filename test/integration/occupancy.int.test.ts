import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisConnection } from '../../src/engine/redis/client.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { roomId } from '../../src/events/ids.js';
import { redisOccupancyStore } from '../../src/occupancy/redis-occupancy-store.js';
import { quietLogger, until } from '../support/conditions.js';

let redis: RedisConnection;
beforeAll(async () => {
  redis = await openRedis(process.env.TEST_REDIS_URL!, { log: quietLogger });
});
afterAll(() => redis.close());

const [chat, news] = [roomId('chat'), roomId('news')];
const share = (count: number, keepMs = 60_000) => ({ count, keepMs });

/** Two processes of a deployment of their own. */
function open(askMs = 60_000) {
  const logId = randomUUID();
  const store = () => redisOccupancyStore(redis, logId, askMs);
  return { a: store(), b: store(), keys: () => redis.ask((client) => client.keys(`madang:${logId}:*`)) };
}

test('shares of processes are summed by room; the last one of each process counts', async () => {
  const { a, b } = open();
  expect(await a.report(new Map([[chat, share(3)]]))).toEqual(new Map([[chat, 3]]));
  const both = new Map([
    [news, share(1)],
    [chat, share(4)],
  ]);
  expect(await b.report(both)).toEqual(
    new Map([
      [news, 1],
      [chat, 7],
    ]),
  );
  expect(await a.report(new Map([[chat, share(0)]]))).toEqual(new Map([[chat, 4]]));
});

test('the share of a process that reports no more is left out after its time', async () => {
  const { a, b, keys } = open();
  await a.report(new Map([[chat, share(3, 50)]]));
  await b.report(new Map([[chat, share(1)]]));
  await until(async () => (await b.report(new Map([[chat, share(1)]]))).get(chat) === 1, 'the share is gone');
  await a.report(new Map([[news, share(3, 50)]]));
  await until(async () => !(await keys()).some((key) => key.includes('news')), 'the key is gone, too');
});

test('all processes see the rooms that one asks about, and for how long it does', async () => {
  const { a, b } = open();
  expect(await b.ask([])).toEqual(new Map());
  expect(await a.ask([chat])).toEqual(new Map([[chat, 0]]));
  await delay(20);
  const seen = await b.ask([news]);
  expect(seen.get(news)).toBe(0);
  expect(seen.get(chat)).toBeGreaterThanOrEqual(19);
  expect((await a.ask([chat])).get(chat)).toBeGreaterThanOrEqual(seen.get(chat)!);
});

test('a room that nobody asks about any more is forgotten, and begins anew', async () => {
  const { a, b, keys } = open(100);
  await a.ask([chat]);
  await until(async () => !(await b.ask([news])).has(chat), 'chat is not asked for any more');
  expect((await a.ask([chat])).get(chat)).toBe(0);
  await until(async () => (await keys()).length === 0, 'nothing is left');
});
