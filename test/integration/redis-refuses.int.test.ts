import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pino from 'pino';
import { position } from '../../src/engine/domain/ids.js';
import type { RedisConnection } from '../../src/engine/redis/client.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { NEVER_FORKED } from '../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../src/engine/redis/projection-store.js';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { startRedis } from '../../src/embedded/redis.js';
import { redisProjections } from '../../src/projections/registry.js';
import { quietLogger, until } from '../support/conditions.js';

// A Redis that answers reads and takes no writes, and an unreachable one. A server of its own: the shared one must go
// on.

let dataDir: string;
let server: ManagedServer;
let operator: Redis;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'madang-redis-refuses-'));
  server = await startRedis({ dataDir, log: quietLogger });
  operator = new Redis(server.url);
});
afterAll(async () => {
  operator?.disconnect();
  await server?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Line {
  readonly level: number;
  readonly msg: string;
}

/** A logger that records its lines. */
function listening() {
  const lines: Line[] = [];
  const log = pino({ level: 'debug' }, { write: (text: string) => void lines.push(JSON.parse(text) as Line) });
  const at = (level: number): readonly string[] => lines.filter((line) => line.level === level).map(({ msg }) => msg);
  return { log, warnings: () => at(40), infos: () => at(30), tries: () => at(20).length };
}

const ask = (redis: RedisConnection) =>
  redisProjectionStore(redis, 'log', NEVER_FORKED).progressOfAll(redisProjections, 1);
const apply = (redis: RedisConnection) =>
  redisProjectionStore(redis, 'log', NEVER_FORKED).apply(redisProjections[0]!, 0, position(0), position(1), []);

test.each<readonly [string, RegExp, () => Promise<unknown>, () => Promise<unknown>]>([
  [
    'is made a replica of an absent server',
    /READONLY/,
    () => operator.replicaof('127.0.0.1', 1),
    () => operator.replicaof('NO', 'ONE'),
  ],
  [
    'is a replica that answers nothing without its master',
    /MASTERDOWN|READONLY/,
    async () => {
      await operator.config('SET', 'replica-serve-stale-data', 'no');
      await operator.replicaof('127.0.0.1', 1);
    },
    async () => {
      await operator.replicaof('NO', 'ONE');
      await operator.config('SET', 'replica-serve-stale-data', 'yes');
    },
  ],
  [
    'lacks replicas',
    /NOREPLICAS/,
    () => operator.config('SET', 'min-replicas-to-write', '1'),
    () => operator.config('SET', 'min-replicas-to-write', '0'),
  ],
  [
    'does not let this user run scripts',
    /may not do/,
    () => operator.call('ACL', 'SETUSER', 'default', '-eval'),
    () => operator.call('ACL', 'SETUSER', 'default', '+@all'),
  ],
])(
  'a Redis that %s is away for those who write and for those who only read, says why once, and is back by itself',
  async (_, why, refuse, relent) => {
    const { log, warnings, infos } = listening();
    await using writer = await openRedis(server.url, { log: quietLogger });
    await using reader = await openRedis(server.url, { log });
    expect([writer, reader].map((each) => each.isAway())).toEqual([false, false]);
    let returns = 0;
    reader.onReturn(() => returns++);
    await ask(reader);

    await refuse();
    try {
      await until(() => [writer, reader].every((each) => each.isAway()), 'all notice');
      await expect(ask(reader)).rejects.toMatchObject({ code: 'REDIS_AWAY' });
      // After its pause it connects again, is refused again, and logs nothing new.
      const before = idsOf((await operator.client('LIST')) as string);
      await until(
        async () => idsOf((await operator.client('LIST')) as string).some((id) => !before.includes(id)),
        'it connects anew',
      );
      expect(warnings().filter((line) => line.startsWith('Redis is away'))).toEqual([expect.stringMatching(why)]);
    } finally {
      await relent();
    }
    await until(() => [writer, reader].every((each) => !each.isAway()), 'all are back');
    await ask(reader);
    expect(infos()).toEqual(['Redis is connected', 'Redis is back']);
    expect(returns).toBe(1);
  },
);

const idsOf = (list: string): readonly string[] =>
  list
    .split('\n')
    .filter((line) => line.includes('name=madang'))
    .map((line) => /^id=(\d+)/.exec(line)![1]!);

test('the first write that is refused makes it away at once', async () => {
  await using writer = await openRedis(server.url, { log: quietLogger });
  await operator.config('SET', 'min-replicas-to-write', '1');
  try {
    await expect(apply(writer)).rejects.toThrow(/NOREPLICAS|Redis is away/);
    expect(writer.isAway()).toBe(true);
  } finally {
    await operator.config('SET', 'min-replicas-to-write', '0');
  }
});

describe('the reason is logged in one line, for any number of attempts', () => {
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(server.url);
    change(url);
    return url.href;
  };

  test.each<readonly [string, () => string, RegExp]>([
    ['the password is wrong', () => changed((url) => (url.password = 'wrong')), /user or password of REDIS_URL/],
    ['there is no password', () => changed((url) => (url.username = url.password = '')), /wants a password/],
    ['there is no such database', () => changed((url) => (url.pathname = '/99')), /no database with the number/],
    ['nobody listens', () => changed((url) => (url.port = '1')), /nobody listens there/],
    [
      'the name is unknown',
      () => changed((url) => (url.hostname = 'nowhere.invalid')),
      /nobody knows that name|names cannot be looked up/,
    ],
    ['it speaks no TLS', () => server.url.replace('redis:', 'rediss:'), /TLS/],
  ])('%s', async (_, url, why) => {
    const { log, warnings, tries } = listening();
    await using redis = await openRedis(url(), { log });
    await until(() => tries() >= 3, 'it is tried again');
    expect(redis.isAway()).toBe(true);
    await expect(apply(redis)).rejects.toMatchObject({ code: 'REDIS_AWAY' });
    expect(warnings()).toEqual([expect.stringMatching(why)]);
    expect(warnings()[0]).not.toContain(new URL(server.url).password);
  });

  test('something else listens', async () => {
    const http = createHttp((_, response) => response.end());
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { log, warnings, tries } = listening();
    await using redis = await openRedis(`redis://127.0.0.1:${(http.address() as AddressInfo).port}/0`, { log });
    await until(() => tries() >= 3, 'it is tried again');
    http.closeAllConnections();
    http.close();
    expect([redis.isAway(), warnings()]).toEqual([true, [expect.stringMatching(/does not speak the protocol/)]]);
  });
});
