import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import type { RateLimitDecision, RoomBuckets } from '../../src/server/rate-limits/rate-limits.js';
import { TIMEOUT_MS, createFairBucket, takeFairly } from '../../src/server/rate-limits/fair-bucket.js';
import type { Bucket, BucketRate } from '../../src/server/rate-limits/token-bucket.js';
import { take } from '../../src/server/rate-limits/token-bucket.js';
import type { RedisConnection } from '../../src/engine/redis/client.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { luaScript } from '../../src/engine/redis/lua-script.js';
import { FAIR_TAKE, NOW, TAKE } from '../../src/server/rate-limits/redis-rate-limits.lua.js';
import { redisRateLimit, redisRoomBuckets } from '../../src/server/rate-limits/redis-rate-limits.js';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { startRedis } from '../../src/embedded/redis.js';
import { quietLogger, until } from '../support/conditions.js';

let redis: RedisConnection;
beforeAll(async () => {
  redis = await openRedis(process.env.TEST_REDIS_URL!, { log: quietLogger });
});
afterAll(() => redis.close());

/** The script with the time as its last argument, instead of the server's clock. */
const atTimeGiven = (text: string) =>
  luaScript(text.replace(NOW, 'local now = tonumber(ARGV[#ARGV]); ARGV[#ARGV] = nil\n'));
const fairTake = atTimeGiven(FAIR_TAKE);
const takeOne = atTimeGiven(TAKE);
const admission = (retryAfterMs: number): RateLimitDecision =>
  retryAfterMs === 0 ? { granted: true } : { granted: false, retryAfterMs };

interface Fair {
  take(user: string, now: number, refused?: readonly string[]): Promise<RateLimitDecision>;
}
const inTypeScript = (rate: BucketRate): Fair => {
  const state = createFairBucket();
  return { take: (user, now, refused) => Promise.resolve(takeFairly(state, user, rate, now, refused)) };
};
const inLua = ({ perSecond, burst }: BucketRate): Fair => {
  const key = `test:${randomUUID()}`;
  const keys = [`${key}:bucket`, `${key}:served`, `${key}:waiting`];
  return {
    async take(user, now, refused = []) {
      const [retryAfterMs] = (await redis.run(fairTake, keys, [
        user,
        perSecond,
        burst,
        TIMEOUT_MS,
        ...refused,
        now,
      ])) as [number, number];
      return admission(retryAfterMs);
    },
  };
};

const START = 1_700_000_000_000;
const rates = fc.record({
  perSecond: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0.1, max: 50, noNaN: true })),
  burst: fc.integer({ min: 1, max: 20 }),
});
const user = fc.integer({ min: 0, max: 7 }).map((n) => `user-${n}`);
const steps = fc.array(
  fc.record({
    user,
    afterMs: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: -20, max: 30_000 })),
    refused: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(user, { maxLength: 3 })),
  }),
  { minLength: 1, maxLength: 80 },
);

describe('both versions take the same steps', () => {
  test('in the fair bucket', async () => {
    await fc.assert(
      fc.asyncProperty(rates, steps, async (rate, all) => {
        const [here, there] = [inTypeScript(rate), inLua(rate)];
        let now = START;
        for (const { user: name, afterMs, refused } of all) {
          now += afterMs;
          expect(await there.take(name, now, refused)).toEqual(await here.take(name, now, refused));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('in the token bucket of one user', async () => {
    await fc.assert(
      fc.asyncProperty(rates, steps, async (rate, all) => {
        const key = `test:${randomUUID()}`;
        let bucket: Bucket | undefined;
        let now = START;
        for (const { afterMs } of all) {
          now += afterMs;
          const [next, here] = take(bucket, rate, now);
          bucket = next;
          expect(admission(Number(await redis.run(takeOne, [key], [rate.perSecond, rate.burst, now])))).toEqual(here);
        }
      }),
      { numRuns: 60 },
    );
  });
});

const oneInTypeScript = (rate: BucketRate) => {
  let bucket: Bucket | undefined;
  return (now: number): Promise<RateLimitDecision> => {
    const [next, answer] = take(bucket, rate, now);
    bucket = next;
    return Promise.resolve(answer);
  };
};
const oneInLua = ({ perSecond, burst }: BucketRate) => {
  const key = `test:${randomUUID()}`;
  return async (now: number): Promise<RateLimitDecision> =>
    admission(Number(await redis.run(takeOne, [key], [perSecond, burst, now])));
};

describe('a clock that is set back by an hour', () => {
  const BACK = START - 3_600_000;
  const [granted, refused] = [{ granted: true }, { granted: false, retryAfterMs: 1_000 }];

  test.each([
    ['TypeScript', oneInTypeScript],
    ['Lua', oneInLua],
  ] as const)('delays nobody for an hour, in %s', async (_language, create) => {
    const takeAt = create({ perSecond: 1, burst: 1 });
    expect([await takeAt(START), await takeAt(START), await takeAt(BACK), await takeAt(BACK + 500)]).toEqual([
      granted,
      refused,
      refused,
      { granted: false, retryAfterMs: 500 },
    ]);
    expect(await takeAt(BACK + 1_000)).toEqual(granted);
  });

  test.each([
    ['TypeScript', inTypeScript],
    ['Lua', inLua],
  ] as const)('lets a new round begin, in %s', async (_language, create) => {
    const bucket = create({ perSecond: 1, burst: 1 });
    expect([await bucket.take('ann', START), await bucket.take('ben', START)]).toEqual([granted, refused]);
    // Ben has gone.
    expect(await bucket.take('ann', START + 1_000)).toMatchObject({ granted: false });
    expect(await bucket.take('ann', BACK)).toMatchObject({ granted: true });
  });
});

describe.each([
  ['TypeScript', inTypeScript],
  ['Lua', inLua],
] as const)('a fair bucket, in %s', (_language, create) => {
  test('gives nobody a second page while another asker waits for a first', async () => {
    const dense = fc.array(fc.record({ user, afterMs: fc.integer({ min: 0, max: 150 }) }), {
      minLength: 60,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(dense, async (all) => {
        const rate = { perSecond: 10, burst: 2 };
        const bucket = create(rate);
        const waiting = new Map<string, number>();
        const served: { readonly user: string; readonly at: number }[] = [];
        let now = START;
        for (const [step, { user: name, afterMs }] of all.entries()) {
          now += afterMs;
          if (!(await bucket.take(name, now)).granted) {
            if (!waiting.has(name) && !served.some((each) => each.user === name)) waiting.set(name, step);
            continue;
          }
          waiting.delete(name);
          for (const since of waiting.values())
            expect(served.filter((each) => each.user === name && each.at > since)).toEqual([]);
          served.push({ user: name, at: step });
        }
        expect(served.length).toBeLessThanOrEqual(rate.burst + ((now - START) * rate.perSecond) / 1_000);
      }),
      { numRuns: 25 },
    );
  });

  test('serves all who come back in time, also beside one who retries too soon', async () => {
    const bucket = create({ perSecond: 10, burst: 1 });
    const due = new Map(Array.from({ length: 20 }, (_, n) => [`patient-${n}`, START]));
    let greedy = 0;
    let now = START;
    for (; due.size > 0 && now < START + 60_000; now += 20) {
      if ((await bucket.take('greedy', now)).granted) greedy++;
      for (const [name, at] of due) {
        if (at > now) continue;
        const answer = await bucket.take(name, now);
        if (answer.granted) due.delete(name);
        else due.set(name, now + answer.retryAfterMs);
      }
    }
    expect([...due.keys()]).toEqual([]);
    expect(greedy).toBe(1);
    // Twenty pages at ten a second, and the first refusals.
    expect(now - START).toBeLessThan(5_000);
  });

  test('goes on serving those who come back in time, beside one who retries too soon', async () => {
    const bucket = create({ perSecond: 10, burst: 3 });
    const pages = new Map<string, number>();
    const due = new Map(Array.from({ length: 4 }, (_, n) => [`patient-${n}`, START]));
    const ask = async (name: string, now: number): Promise<void> => {
      const answer = await bucket.take(name, now);
      if (answer.granted) pages.set(name, (pages.get(name) ?? 0) + 1);
      due.set(name, now + (answer.granted || name === 'greedy' ? 20 : answer.retryAfterMs));
    };
    due.set('greedy', START);
    for (let now = START; now < START + 20_000; now += 20)
      for (const [name, at] of due) if (at <= now) await ask(name, now);
    const [greedy, ...patient] = ['greedy', ...[0, 1, 2, 3].map((n) => `patient-${n}`)].map(
      (name) => pages.get(name) ?? 0,
    );
    expect(Math.min(...patient) * 3).toBeGreaterThan(greedy!);
    expect(greedy! + patient.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(150);
  });

  test('waits for users who were refused elsewhere', async () => {
    const bucket = create({ perSecond: 10, burst: 1 });
    await bucket.take('ann', START);
    expect(await bucket.take('ann', START + 5_000, ['bob', 'ann'])).toEqual({ granted: false, retryAfterMs: 100 });
    expect(await bucket.take('bob', START + 5_000)).toEqual({ granted: true });
    expect(await bucket.take('ann', START + 6_000)).toEqual({ granted: true });
  });

  test('forgets users who do not come back', async () => {
    const bucket = create({ perSecond: 1, burst: 1 });
    await bucket.take('ann', START);
    expect(await bucket.take('bob', START)).toEqual({ granted: false, retryAfterMs: 1_000 });
    expect(await bucket.take('ann', START + 2_000 + TIMEOUT_MS - 1)).toMatchObject({ granted: false });
    expect(await bucket.take('ann', START + 2_000 + TIMEOUT_MS)).toEqual({ granted: true });
  });
});

describe('over all servers', () => {
  const room = roomId(randomUUID());
  const granted = (answers: readonly RateLimitDecision[]): number => answers.filter((answer) => answer.granted).length;
  const all = (servers: readonly RoomBuckets[], from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, n) =>
        servers[n % servers.length]!.take(room, userId(`user-${from + n}`), `page-${from + n}`),
      ),
    );

  test('a user may send so many, through any server', async () => {
    await using other = await openRedis(process.env.TEST_REDIS_URL!, { log: quietLogger });
    const logId = randomUUID();
    const limits = [redis, other].map((connection) =>
      redisRateLimit(connection, logId, 'send', { perSecond: 0.1, burst: 10 }),
    );
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => limits[n % 2]!.take(userId('ann'))));
    expect(granted(answers)).toBe(10);
    const told = answers.flatMap((answer) => (answer.granted ? [] : [answer.retryAfterMs]));
    expect(Math.max(...told)).toBeLessThanOrEqual(10_000);
    expect(Math.min(...told)).toBeGreaterThan(5_000);
    expect(await limits[0]!.take(userId('bob'))).toEqual({ granted: true });
  });

  test('a reserved page is for one read, by any user', async () => {
    const own = roomId(randomUUID());
    const bucket = redisRoomBuckets(redis, randomUUID(), { perSecond: 0.001, burst: 2 });
    expect(await bucket.reserve(own, userId('ann'), 'p')).toEqual({ granted: true });
    expect([bucket.isReserved('p'), bucket.isReserved('q')]).toEqual([true, false]);
    expect([await bucket.take(own, userId('bob'), 'q'), await bucket.take(own, userId('cid'), 'q')]).toEqual([
      { granted: true },
      expect.objectContaining({ granted: false }),
    ]);
    expect(await bucket.take(own, userId('dan'), 'p')).toEqual({ granted: true });
    expect(bucket.isReserved('p')).toBe(false);
    expect(await bucket.take(own, userId('eve'), 'p')).toMatchObject({ granted: false });
    expect(await bucket.reserve(own, userId('fay'), 'p')).toMatchObject({ granted: false });
    expect(bucket.isReserved('p')).toBe(false);
  });

  test('the last token of a bucket comes with the time for which it is empty', async () => {
    const own = roomId(randomUUID());
    const bucket = redisRoomBuckets(redis, randomUUID(), { perSecond: 0.1, burst: 1 });
    expect(await bucket.take(own, userId('ann'), 'p')).toEqual({ granted: true });
    const told = await bucket.take(own, userId('bob'), 'p');
    expect(told.granted ? 0 : told.retryAfterMs).toBeGreaterThan(9_000);
    expect(told.granted ? 0 : told.retryAfterMs).toBeLessThanOrEqual(10_001);
  });

  test('a late server sheds load without asking, and waits for those it refused', async () => {
    const own = roomId(randomUUID());
    let late = true;
    const bucket = redisRoomBuckets(redis, randomUUID(), { perSecond: 10, burst: 10 }, () => late);
    expect(await bucket.take(own, userId('ann'), 'p')).toEqual({ granted: false, retryAfterMs: 1_000 });
    late = false;
    expect(await bucket.take(own, userId('bob'), 'p')).toEqual({ granted: true });
    // Ann was refused: no second page for Bob before her first.
    expect(await bucket.take(own, userId('bob'), 'p')).toMatchObject({ granted: false });
    expect(await bucket.take(own, userId('ann'), 'p')).toEqual({ granted: true });
  });

  test('a user who comes back in time may send', async () => {
    const limit = redisRateLimit(redis, randomUUID(), 'send', { perSecond: 20, burst: 1 });
    await limit.take(userId('ann'));
    const refused = await limit.take(userId('ann'));
    const told = refused.granted ? 0 : refused.retryAfterMs;
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThanOrEqual(50);
    await new Promise((resolve) => setTimeout(resolve, told + 1));
    expect(await limit.take(userId('ann'))).toEqual({ granted: true });
  });

  test('0 is no limit', async () => {
    const limit = redisRateLimit(redis, randomUUID(), 'send', { perSecond: 0, burst: 1 });
    expect(granted(await Promise.all(Array.from({ length: 50 }, () => limit.take(userId('ann')))))).toBe(50);
  });

  describe('with a Redis of its own', () => {
    let dataDir: string;
    let server: ManagedServer;
    let own: RedisConnection;
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'madang-limits-'));
      server = await startRedis({ dataDir, log: quietLogger });
      own = await openRedis(server.url, { log: quietLogger });
    });
    afterEach(async () => {
      await own.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
    const scriptsRun = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await own.ask((client) => client.info('commandstats')))?.[1] ?? 0);

    test('a flood does not reach Redis, and all of it waits', async () => {
      await using second = await openRedis(server.url, { log: quietLogger });
      const servers = [own, second].map((connection) =>
        redisRoomBuckets(connection, 'log', { perSecond: 1, burst: 10 }),
      );
      await all(servers, 0, 20);
      const before = await scriptsRun();
      const answers = await all(servers, 20, 520);
      expect(granted(answers)).toBe(0);
      // While a refusal is taken for all callers; a slow machine may need a few of them.
      expect((await scriptsRun()) - before).toBeLessThan(50);
      expect(Math.max(...answers.map((answer) => (answer.granted ? 0 : answer.retryAfterMs)))).toBeGreaterThan(100_000);

      const waiting = async (): Promise<number> => {
        await all(servers, 520, 522);
        return own.ask((client) => client.zcard(`madang:log:{page:${room}}:waiting`));
      };
      await until(async () => (await waiting()) >= 512, 'all who were refused to wait');
    });

    test('while Redis is away each server has its own bucket, and shares again later', async () => {
      await using second = await openRedis(server.url, { log: quietLogger });
      const connections = [own, second];
      const buckets = connections.map((connection) =>
        redisRoomBuckets(connection, 'log', { perSecond: 0.01, burst: 10 }),
      );
      const limits = connections.map((connection) =>
        redisRateLimit(connection, 'log', 'send', { perSecond: 0.01, burst: 10 }),
      );
      const sends = (name: string) =>
        Promise.all(Array.from({ length: 40 }, (_, n) => limits[n % 2]!.take(userId(name))));

      await server.stop();
      await until(() => connections.every((connection) => connection.isAway()), 'Redis to be away');
      expect([granted(await all(buckets, 0, 60)), granted(await sends('ann'))]).toEqual([20, 20]);

      server = await startRedis({ dataDir, log: quietLogger });
      await until(() => connections.every((connection) => !connection.isAway()), 'Redis to be back');
      expect([granted(await all(buckets, 60, 120)), granted(await sends('bob'))]).toEqual([10, 10]);
    });
  });
});
