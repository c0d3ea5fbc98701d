import { randomUUID } from 'node:crypto';
import type { FoldedEvent } from '../../../src/engine/domain/event.js';
import { epoch, position } from '../../../src/engine/domain/ids.js';
import type { ParkedKey } from '../../../src/engine/projector/projection-store.js';
import type { RedisConnection } from '../../../src/engine/redis/client.js';
import { openRedis } from '../../../src/engine/redis/client.js';
import { redisGenerationStore } from '../../../src/engine/redis/generation-store.js';
import type { EpochsOfPositions } from '../../../src/engine/redis/model-epochs.js';
import { NEVER_FORKED } from '../../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../../src/engine/redis/projection-store.js';
import { redisReadCache } from '../../../src/engine/redis/read-cache.js';
import type { RedisProjection } from '../../../src/engine/projector/projection.js';
import { recentTimeline } from '../../../src/projections/message/recent-timeline/project.js';
import { redisProjections } from '../../../src/projections/registry.js';
import { unread } from '../../../src/projections/membership/unread/project.js';
import { quietLogger } from '../../support/conditions.js';
import { ROOM, created, erased, joined, left, posted, reacted, read, unreacted } from '../../support/room-events.js';
import { READ } from '../../../src/projections/membership/unread/unread.lua.js';
import { NOTHING_SHOWN, PARTITION, handledBy, project, recorded } from './recorded.js';

// Refusals of the read models' scripts, because another process has acted between two steps of their caller.

let redis: RedisConnection;
let logId: string;
beforeAll(async () => {
  redis = await openRedis(process.env.TEST_REDIS_URL!, { log: quietLogger });
});
beforeEach(() => {
  logId = randomUUID();
});
afterEach(() => forgetKeys(`madang:${logId}:*`));
afterAll(() => redis.close());

const forgetKeys = (pattern: string): Promise<unknown> =>
  redis.ask(async (client) => {
    const keys = await client.keys(pattern);
    return keys.length > 0 ? client.unlink(...keys) : 0;
  });

/** Every key with its contents, checkpoints aside. */
const contents = (): Promise<unknown> =>
  redis.ask(async (client) => {
    const keys = (await client.keys(`madang:${logId}:*`)).filter((key) => !key.endsWith(':meta')).sort();
    const held = keys.map(async (key) => {
      const type = await client.type(key);
      if (type === 'hash') return [key, await client.hgetall(key)];
      return [key, type === 'set' ? (await client.smembers(key)).sort() : await client.get(key)];
    });
    return Object.fromEntries((await Promise.all(held)) as [string, unknown][]) as unknown;
  });

const store = (epochs: EpochsOfPositions = NEVER_FORKED) => redisProjectionStore(redis, logId, epochs);

const events = recorded(
  created('ann'),
  joined('ann'),
  joined('ben', 0),
  joined('fay', 0),
  posted('ann', 1, 'one'),
  posted('fay', 2, 'secret'),
  reacted('ben', 1, '👍'),
  reacted('fay', 1, '🎉'),
  read('ben', 2),
  unreacted('ben', 1, '👍'),
  left('ben'),
  left('fay'),
  erased('fay'),
  posted('ann', 3, 'three'),
);
const batch = handledBy(unread, events);

test('a checkpoint that was set back never shows removed or erased data again', async () => {
  await project(store(), redisProjections, events, [3]);
  const once = await contents();
  for (const projection of redisProjections) {
    await redis.ask(async (client) => {
      for (const meta of await client.keys(`madang:${logId}:*:meta`)) await client.hset(meta, 'position', 0);
      return null;
    });
    for (const event of events) {
      const [from, to] = [position(event.position - 1), event.position];
      expect(await store().apply(projection, PARTITION, from, to, handledBy(projection, [event]))).toBe('applied');
      expect(await contents()).toEqual(once);
    }
  }
});

test('a script that broke off half-way and runs again counts nothing twice', async () => {
  const [broken, whole] = [randomUUID(), randomUUID()];
  const told = recorded(
    created('ann'),
    joined('ann'),
    posted('ann', 1, 'one'),
    reacted('ann', 1, '👍'),
    reacted('ben', 1, '👍'),
    reacted('ben', 1, '🎉'),
    unreacted('ben', 1, '👍'),
    reacted('ann', 1, '🎉'),
  );
  const last = told.at(-1)!;
  const breaking = {
    ...recentTimeline,
    encode: (event: FoldedEvent) => ({
      ...recentTimeline.encode(event),
      ...(event.position === last.position ? { seq: 'no number' } : {}),
    }),
  };
  const apply = (projection: RedisProjection, id: string) =>
    redisProjectionStore(redis, id, NEVER_FORKED).apply(
      projection,
      PARTITION,
      position(0),
      last.position,
      handledBy(projection, told),
    );
  logId = broken;
  await expect(apply(breaking, broken)).rejects.toThrow('compare');
  expect(Object.keys((await contents()) as object)).toContainEqual(expect.stringContaining(`${ROOM}:u:1`));
  expect(await apply(recentTimeline, broken)).toBe('applied');
  const again = await contents();
  await forgetKeys(`madang:${broken}:*`);
  logId = whole;
  expect(await apply(recentTimeline, whole)).toBe('applied');
  expect(again).toEqual(JSON.parse(JSON.stringify(await contents()).replaceAll(whole, broken)));
});

test('a batch at the checkpoint’s position on another branch of the log is refused', async () => {
  /** The log went back to 5 and grew again. */
  const later: EpochsOfPositions = {
    epochOf: ({ position: at }) => epoch(at > 5 ? 1 : 0),
    has: () => true,
  };
  await store().apply(unread, PARTITION, position(0), position(9), batch);
  const before = await contents();
  expect(await store(later).apply(unread, PARTITION, position(9), position(12), batch)).toBe('superseded');
  expect(await contents()).toEqual(before);
  expect(await store().progress(unread, PARTITION)).toMatchObject({ position: 9 });
  // Up to the fork both branches are the same.
  await store().apply(recentTimeline, PARTITION, position(0), position(5), []);
  expect(await store(later).apply(recentTimeline, PARTITION, position(5), position(9), [])).toBe('applied');
  expect(await store().apply(recentTimeline, PARTITION, position(9), position(10), [])).toBe('superseded');
});

test('a batch of an older program, begun before the newer was live, is refused', async () => {
  const newer = { ...unread, version: 2 };
  await store().apply(newer, PARTITION, position(0), position(9), batch);
  const before = await contents();
  expect(await store().apply(unread, PARTITION, position(9), position(14), batch)).toBe('superseded');
  const parked: ParkedKey = { key: ROOM, position: position(9), letter: 1, reason: 'cannot', since: new Date(0) };
  const release = { parked, events: batch, next: null };
  await store().apply(newer, PARTITION, position(9), position(10), [], { held: [], park: [parked] });
  const withParked = await contents();
  expect(await store().release(unread, PARTITION, position(10), release)).toBe('superseded');
  expect(await contents()).toEqual(withParked);
  expect(withParked).toMatchObject(before as object);
});

describe('a parked key', () => {
  const parked: ParkedKey = { key: ROOM, position: position(5), letter: 1, reason: 'cannot', since: new Date(0) };
  const next: ParkedKey = { ...parked, position: position(14), letter: 2 };
  const [first, last] = [batch.filter((event) => event.position < 14), batch.filter((event) => event.position === 14)];

  test('is released only from its own position, once, by one of two', async () => {
    await store().apply(unread, PARTITION, position(0), position(14), [], { held: [], park: [parked] });
    const release = { parked, events: first, next };
    const outcomes = await Promise.all([0, 1].map(() => store().release(unread, PARTITION, position(14), release)));
    expect(outcomes.sort()).toEqual(['applied', 'superseded']);
    const once = await contents();
    // By another process that knows of the first event only, which is applied by now.
    expect(
      await store().release(unread, PARTITION, position(14), { parked, events: [...first, ...last], next: null }),
    ).toBe('superseded');
    expect(await contents()).toEqual(once);
    expect(await store().parked(unread, PARTITION)).toEqual([next]);
    expect(await store().release(unread, PARTITION, position(14), { parked: next, events: last, next: null })).toBe(
      'applied',
    );
    expect(await store().parked(unread, PARTITION)).toEqual([]);
  });

  test('is not released by a process whose checkpoint another one has moved', async () => {
    await store().apply(unread, PARTITION, position(0), position(13), [], { held: [], park: [parked] });
    await store().apply(unread, PARTITION, position(13), position(14), [], { held: [ROOM], park: [] });
    const before = await contents();
    // It would end the parking with the event at 14 never applied.
    expect(await store().release(unread, PARTITION, position(13), { parked, events: first, next: null })).toBe(
      'superseded',
    );
    expect(await contents()).toEqual(before);
  });
});

/** The same connection, with a hook at the first search for keys, before or after it. */
function atScan(hook: () => Promise<unknown>, when: 'before' | 'after'): RedisConnection {
  let ran = false;
  const runOnce = async (): Promise<void> => {
    if (ran) return;
    ran = true;
    await hook();
  };
  return {
    ...redis,
    ask: (commands) =>
      redis.ask((client) => {
        const scan = async (...asked: Parameters<typeof client.scan>) => {
          if (when === 'before') await runOnce();
          const reply = await client.scan(...asked);
          if (reply[1].length > 0) await runOnce();
          return reply;
        };
        return commands(Object.assign(Object.create(client) as typeof client, { scan }));
      }),
  };
}
const beforeScan = (hook: () => Promise<unknown>): RedisConnection => atScan(hook, 'before');
/** When keys to delete were found. */
const beforeDeletion = (hook: () => Promise<unknown>): RedisConnection => atScan(hook, 'after');

test('a model that has moved is not restarted by one that saw its earlier position', async () => {
  const running = store();
  await running.apply(unread, PARTITION, position(0), position(9), batch);
  await running.apply(unread, PARTITION, position(9), position(14), []);
  const before = await contents();
  await store().startOver!(unread, PARTITION, position(9));
  expect(await contents()).toEqual(before);
  await store().startOver!(unread, PARTITION, position(14));
  expect(await running.progress(unread, PARTITION)).toMatchObject({ position: 0, live: false });
  expect(Object.keys((await contents()) as object)).toEqual([expect.stringMatching(/:live$/)]);
});

test('a restart of one partition deletes its keys alone, and reads no other names', async () => {
  const other = PARTITION + 1;
  const [stays, kept] = [`madang:${logId}:{${other}}:unread:`, `madang:${logId}:{${PARTITION}}:unread:v1-kept:`];
  for (const partition of [PARTITION, other])
    await store().apply(unread, partition, position(0), position(9), partition === PARTITION ? batch : []);
  const generation = { projection: unread, space: 'v1-kept' };
  await redisGenerationStore(redis, logId, NEVER_FORKED).apply(generation, PARTITION, position(0), position(9), batch);
  const names: string[] = [];
  const scanned: RedisConnection = {
    ...redis,
    ask: (commands) =>
      redis.ask((client) => {
        const scan = async (...asked: Parameters<typeof client.scan>) => {
          const reply = await client.scan(...asked);
          names.push(...reply[1]);
          return reply;
        };
        return commands(Object.assign(Object.create(client) as typeof client, { scan }));
      }),
  };
  const restarted = `madang:${logId}:{${PARTITION}}:unread:v1:`;
  const before = (await redis.ask((client) => client.keys(`madang:${logId}:*`))).filter(
    (key) => !key.endsWith(':live'),
  );
  await redisProjectionStore(scanned, logId, NEVER_FORKED).startOver!(unread, PARTITION, position(9));
  expect(new Set(names)).toEqual(new Set(before.filter((key) => key.startsWith(restarted))));
  expect(names.length).toBeGreaterThan(1);
  const after = (await redis.ask((client) => client.keys(`madang:${logId}:*`))).filter((key) => !key.endsWith(':live'));
  expect(after.sort()).toEqual(before.filter((key) => key.startsWith(stays) || key.startsWith(kept)).sort());
});

const noneNeeded = (): Promise<readonly string[]> => Promise.resolve([]);

test('remains are deleted, but not a live model that began anew meanwhile', async () => {
  await store().apply(unread, PARTITION, position(0), position(9), batch);
  const generations = redisGenerationStore(redis, logId, NEVER_FORKED);
  const remains = { projection: unread, space: generations.newSpace(unread) };
  await generations.apply(remains, PARTITION, position(0), position(9), batch);
  let begun: readonly string[] = [];
  const beginsAnew = beforeDeletion(async () => {
    await store().startOver!(unread, PARTITION, position(9));
    await store().apply(unread, PARTITION, position(0), position(9), batch);
    begun = (await redis.ask((client) => client.keys(`madang:${logId}:*`))).filter(
      (key) => !key.includes(remains.space),
    );
  });
  await redisGenerationStore(beginsAnew, logId, NEVER_FORKED).sweep(unread, PARTITION + 1, noneNeeded);
  expect(begun.length).toBe(3);
  expect((await redis.ask((client) => client.keys(`madang:${logId}:*`))).sort()).toEqual([...begun].sort());
});

describe('a generation that is folded again while its keys are deleted', () => {
  /** The log went back to 5 and grew again. */
  const later: EpochsOfPositions = {
    epochOf: ({ position: at }) => epoch(at > 5 ? 1 : 0),
    has: ({ position: at, epoch: of }) => of === 1 || at <= 5,
  };
  const generations = (connection = redis) => redisGenerationStore(connection, logId, later);
  const generation = { projection: unread, space: 'v1' };
  const positionOf = async (store: ReturnType<typeof generations>): Promise<number> =>
    (await store.positions(generation, PARTITION + 1))[PARTITION]!;
  const keysOf = async (): Promise<unknown> =>
    Object.fromEntries(Object.entries((await contents()) as object).filter(([key]) => key.includes(':v1:')));

  /** As a rebuild does that has fallen behind. @returns its keys then */
  async function foldTo(to: number): Promise<unknown> {
    expect(await positionOf(generations())).toBe(0);
    const upTo = batch.filter((event) => event.position <= to);
    expect(await generations().apply(generation, PARTITION, position(0), position(to), upTo)).toBe('applied');
    return keysOf();
  }
  const lose = () => store().apply(unread, PARTITION, position(0), position(9), batch);

  // Up to the fork both branches are of the same epoch.
  test.each([9, 5])('keeps its keys where a projector has given it up; to position %i', async (to) => {
    await lose();
    let folded: unknown;
    const slow = beforeDeletion(async () => (folded = await foldTo(to)));
    await redisProjectionStore(slow, logId, later).startOver!(unread, PARTITION, position(9));
    expect([await positionOf(generations()), await keysOf()]).toEqual([to, folded]);
    expect(folded).not.toEqual({});
  });

  test.each([9, 5])('keeps its keys while an earlier holder of the lock deletes; to position %i', async (to) => {
    await lose();
    let folded: unknown;
    expect(await positionOf(generations(beforeDeletion(async () => (folded = await foldTo(to)))))).toBe(0);
    expect([await positionOf(generations()), await keysOf()]).toEqual([to, folded]);
    expect(folded).not.toEqual({});
  });

  test('is not taken for remains by an earlier holder of the lock', async () => {
    const [remains, next] = [0, 1].map(() => ({ projection: unread, space: generations().newSpace(unread) }));
    const fold = (of: typeof generation) => generations().apply(of, PARTITION, position(0), position(9), batch);
    await fold(remains!);
    const needed: string[] = [];
    const slow = beforeScan(async () => {
      needed.push(next!.space);
      await fold(next!);
    });
    await generations(slow).sweep(unread, PARTITION + 1, () => Promise.resolve([...needed]));
    expect(Object.keys((await contents()) as object)).toEqual([expect.stringContaining(next!.space)]);
    expect((await generations().positions(next!, PARTITION + 1))[PARTITION]).toBe(9);
  });
});

describe('a generation is swapped in', () => {
  const generations = (connection = redis) => redisGenerationStore(connection, logId, NEVER_FORKED);
  const folded = Array.from({ length: PARTITION + 1 }, (_, partition) => position(partition === PARTITION ? 9 : 0));
  const upTo = (to: number) => batch.filter((event) => event.position <= to);

  /** The live model is at 9, and so is the generation. */
  async function built() {
    const generation = { projection: unread, space: generations().newSpace(unread) };
    await store().apply(unread, PARTITION, position(0), position(9), upTo(9));
    await store().setLive(unread, PARTITION, true);
    await generations().apply(generation, PARTITION, position(0), position(9), upTo(9));
    return generation;
  }

  /** The same connection; `hook` runs each time before the script that swaps the partition. */
  const beforeSwap = (hook: () => Promise<unknown>): RedisConnection => ({
    ...redis,
    async run(script, keys, args) {
      if (args.length === 6 && keys[0]!.includes(`{${PARTITION}}`)) await hook();
      return redis.run(script, keys, args);
    },
  });
  const rest = async (_: number, from: number, to: number) =>
    batch.filter((event) => event.position > from && event.position <= to);
  const live = () => redis.ask((client) => client.get(`madang:${logId}:{${PARTITION}}:unread:live`));

  test('with the last events of the live one', async () => {
    const generation = await built();
    let moves = 0;
    const hook = async () => {
      if (moves++ > 0) return;
      const after = batch.filter((event) => event.position > 9);
      expect(await store().apply(unread, PARTITION, position(9), position(14), after)).toBe('applied');
    };
    expect(await generations(beforeSwap(hook)).swap(generation, { folded, rest, mayGoBack: false })).toBe('swapped');
    expect(moves).toBe(2);
    expect(await live()).toBe(generation.space);
    expect(await store().progress(unread, PARTITION)).toMatchObject({ position: 14, live: true });
    const keys = (await contents()) as Record<string, unknown>;
    const roomIn = (space: string): unknown => keys[`madang:${logId}:{${PARTITION}}:unread:${space}:${ROOM}`];
    expect(roomIn(generation.space)).toEqual(roomIn('v1'));
    expect(roomIn(generation.space)).toBeDefined();
  });

  test('never where it was emptied at the last moment, and the live one with it', async () => {
    const generation = await built();
    const hook = () => forgetKeys(`madang:${logId}:*`);
    expect(await generations(beforeSwap(hook)).swap(generation, { folded, rest, mayGoBack: false })).toBe('behind');
    expect(await live()).toBeNull();
  });
});

describe('a read from the cache', () => {
  const script = READ;
  const openCache = (more: Partial<Parameters<typeof redisReadCache>[2]> = {}, connection = redis) =>
    redisReadCache(connection, logId, { log: quietLogger, ...NOTHING_SHOWN, ...more });
  const readFrom = (cache: ReturnType<typeof openCache>) =>
    cache.read(unread, PARTITION, position(0), script, [ROOM, 'ann']);
  const upTo = (from: number, to: number) => batch.filter(({ position: at }) => at > from && at <= to);

  async function turnLive(): Promise<void> {
    const running = store();
    await running.apply(unread, PARTITION, position(0), position(9), upTo(0, 9));
    await running.setLive(unread, PARTITION, true);
  }

  test('of a model that holds what the log has lost has no answer', async () => {
    await turnLive();
    expect(await readFrom(openCache())).toMatchObject({ holds: 9 });
    expect(await readFrom(openCache({ epochs: { epochOf: () => epoch(1), has: () => false } }))).toBeNull();
  });

  test('remembers what was shown while another read waited for PostgreSQL', async () => {
    let isAway = false;
    const connection: RedisConnection = { ...redis, isAway: () => isAway };
    const waitedFor: number[] = [];
    const cache = openCache(
      {
        async caughtUp({ position: at }) {
          waitedFor.push(at);
          if (waitedFor.length > 1) return true;
          // Redis is back, and another read gets more, while this one waits.
          isAway = false;
          await store().apply(unread, PARTITION, position(9), position(14), upTo(9, 14));
          expect(await readFrom(cache)).toMatchObject({ holds: 14 });
          isAway = true;
          return true;
        },
      },
      connection,
    );
    await turnLive();
    expect(await readFrom(cache)).toMatchObject({ holds: 9 });
    isAway = true;
    expect([await readFrom(cache), await readFrom(cache), await readFrom(cache)]).toEqual([null, null, null]);
    expect(waitedFor).toEqual([9, 14]);
  });
});
