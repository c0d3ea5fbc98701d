import { randomUUID } from 'node:crypto';
import { roomId } from '../../src/events/ids.js';
import { redisHeatStore } from '../../src/hot-rooms/redis-heat-store.js';
import { until } from '../support/conditions.js';
import { Servers } from './heat-servers.js';

// Other clients of the same Redis can write under Madang's keys, and send messages on its channels.

const EMPTY = { ruled: [], hot: [], counts: [], overrides: [] };

test.each([
  ['no JSON', '{'],
  ['nothing', 'null'],
  ['no decision', '{}'],
  ['deep JSON', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['a room without a name', JSON.stringify({ ...EMPTY, hot: [null] })],
  ['a time that is none', JSON.stringify({ ...EMPTY, overrides: [{ roomId: 'r', state: 'HOT', until: 1e300 }] })],
])('a foreign message with %s is ignored, and a foreign state is replaced', async (_, body) => {
  await using servers = new Servers(process.env.TEST_REDIS_URL!, randomUUID());
  const redis = await servers.redis();
  const keys = `madang:${servers.logId}:{heat}:v1:`;
  await redis.ask((client) =>
    Promise.all([
      client.hset(`${keys}state`, { token: 'none', revision: 1, second: 'none', body }),
      client.hset(`${keys}overrides`, 'r', 'nonsense'),
    ]),
  );
  const api = await servers.api();
  const monitor = await servers.monitor();
  const store = redisHeatStore({ redis, logId: servers.logId, subscriber: null });
  await until(() => monitor.leads(), 'a monitor to lead');
  await until(
    async () => (await redis.ask((client) => client.publish(`${keys}decisions`, `1 1 1 ${body}`))) === 2,
    'both to hear it',
  );
  const room = roomId(randomUUID());
  api.load(room, 400);
  await until(
    async () => (await store.report(0, [], false)).shared?.decision.hot.has(room),
    'the room to be decided hot',
    6_000,
  );
});
