import { randomUUID } from 'node:crypto';
import { PROCESS_NUMBERS } from '../../src/admin/process-report.js';
import type { ProcessReport } from '../../src/admin/process-report.js';
import { redisProcessRegistry } from '../../src/admin/redis-process-registry.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { quietLogger } from '../support/conditions.js';

const at = '2026-11-30T00:00:00.000Z';
const report = {
  id: 'ours',
  host: 'one',
  pid: 7,
  roles: ['api'],
  version: '0.1.0',
  startedAt: at,
  at,
  ready: true,
  reasons: [],
  dependencies: [{ name: 'PostgreSQL', up: true }],
  numbers: Object.fromEntries(Object.keys(PROCESS_NUMBERS).map((name, n) => [name, n])),
  errors: { INTERNAL: 1 },
} as unknown as ProcessReport;

test('a foreign entry hides no process, and goes where it has no time', async () => {
  await using redis = await openRedis(process.env.TEST_REDIS_URL!, { log: quietLogger });
  const logId = randomUUID();
  const registry = redisProcessRegistry(redis, logId);
  await registry.publish(report);
  const [times, reports] = ['times', 'reports'].map((name) => `madang:${logId}:{processes}:v1:${name}`);
  const older = { ...report, id: 'older', numbers: { MESSAGES: 3 } };
  await redis.ask(async (client) => {
    const score = (await client.zscore(times!, 'ours'))!;
    await client.hset(reports!, { a: 'no JSON', b: 'null', c: '{"id":"c"}', older: JSON.stringify(older), d: '[]' });
    await client.zadd(times!, score, 'a', score, 'b', score, 'c', score, 'older');
  });
  const found = await registry.list();
  expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
    { ...older, numbers: { ...mapped(null), MESSAGES: 3 } },
    report,
  ]);
  expect(await redis.ask((client) => client.hexists(reports!, 'd'))).toBe(0);
});

const mapped = (value: number | null) => Object.fromEntries(Object.keys(PROCESS_NUMBERS).map((name) => [name, value]));
