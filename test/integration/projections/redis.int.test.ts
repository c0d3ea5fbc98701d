import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { ERASED_USER, position, userId } from '../../../src/engine/domain/ids.js';
import type { PrismaClient } from '../../../src/projections/prisma-client.js';
import { openPrisma } from '../../../src/projections/prisma-client.js';
import { postgresProjectionStore } from '../../../src/engine/postgres/projection-store.js';
import type { ReadCache } from '../../../src/engine/projector/read-cache.js';
import { noCache } from '../../../src/engine/projector/read-cache.js';
import type { RedisConnection } from '../../../src/engine/redis/client.js';
import { openRedis } from '../../../src/engine/redis/client.js';
import { redisErasureSweep } from '../../../src/erasure/redis-erasure-sweep.js';
import { redisGenerationStore } from '../../../src/engine/redis/generation-store.js';
import { NEVER_FORKED } from '../../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../../src/engine/redis/projection-store.js';
import { redisReadCache } from '../../../src/engine/redis/read-cache.js';
import { recentTimeline } from '../../../src/projections/message/recent-timeline/project.js';
import { WINDOW } from '../../../src/projections/message/recent-timeline/recent-timeline.lua.js';
import { postgresProjections, redisProjections } from '../../../src/projections/registry.js';
import { timelineQueries } from '../../../src/projections/message/timeline/query.js';
import { unread } from '../../../src/projections/membership/unread/project.js';
import { unreadQueries } from '../../../src/projections/membership/unread/query.js';
import type { TestDatabase } from '../../support/database.js';
import { createTestDatabase } from '../../support/database.js';
import {
  OTHER_ROOM,
  ROOM,
  created,
  erased,
  joined,
  left,
  posted,
  reacted,
  read,
  unreacted,
} from '../../support/room-events.js';
import { NOTHING_SHOWN, PARTITION, handledBy, project, recorded } from './recorded.js';

const log = pino({ level: 'silent' });
let database: TestDatabase;
let prisma: PrismaClient;
let redis: RedisConnection;
let logId: string;
let cache: ReadCache;

beforeAll(async () => {
  database = await createTestDatabase();
  prisma = openPrisma(database.pool);
  redis = await openRedis(process.env.TEST_REDIS_URL!, { log });
});

beforeEach(() => {
  // Keys of its own for each test: the server is shared.
  logId = randomUUID();
  cache = redisReadCache(redis, logId, { log, ...NOTHING_SHOWN });
});

afterEach(async () => {
  await redis.ask(async (client) => {
    const keys = await client.keys(`madang:${logId}:*`);
    if (keys.length > 0) await client.unlink(...keys);
    return keys;
  });
  await database.pool.query(
    `TRUNCATE projection_checkpoints, ${postgresProjections.flatMap((projection) => projection.tables).join(', ')}`,
  );
});

afterAll(async () => {
  await redis.close();
  await prisma.$disconnect();
  await database[Symbol.asyncDispose]();
});

/** All keys of the models with their contents, checkpoints aside. */
async function contents(): Promise<unknown> {
  return redis.ask(async (client) => {
    const keys = (await client.keys(`madang:${logId}:*`)).filter((key) => !/:(meta|live)$/.test(key)).sort();
    const entries = await Promise.all(
      keys.map(
        async (key) =>
          [
            key,
            (await client.type(key)) === 'hash' ? await client.hgetall(key) : (await client.smembers(key)).sort(),
          ] as const,
      ),
    );
    return Object.fromEntries(entries);
  });
}

const store = () => redisProjectionStore(redis, logId, NEVER_FORKED);
const timeline = () => timelineQueries({ prisma, cache });
const page = {
  roomId: ROOM,
  partition: PARTITION,
  viewer: null,
  direction: 'before',
  from: null,
  limit: 10,
  atLeast: position(0),
} as const;
const unreadOf = (user: string, atLeast = 0) => ({
  roomId: ROOM,
  partition: PARTITION,
  userId: userId(user),
  atLeast: position(atLeast),
});

const syntheticLog = recorded(
  created('ann'),
  joined('ann'),
  posted('ann', 1, 'one'),
  joined('ben', 1),
  posted('ben', 2, 'a "quoted" \u2028 line\nand \\ 👩‍👩‍👧'),
  reacted('ann', 2, '👍'),
  reacted('ben', 2, '🎉'),
  reacted('ben', 2, '👍'),
  unreacted('ann', 2, '👍'),
  posted('ann', 3, 'three'),
  read('ben', 3),
  reacted('ann', 1, '🙂'),
  unreacted('ann', 1, '🙂'),
  joined('eve', 3),
  left('eve'),
  joined('eve', 3),
  posted('ann', 4, 'four'),
  left('ben'),
);

describe('the answers of Redis', () => {
  test('a page with reactions in the order of first use, and the viewer’s own', async () => {
    await project(store(), redisProjections, syntheticLog);
    const answer = await timeline().page({ ...page, from: 3, limit: 1, viewer: userId('ben') });
    expect(answer).toMatchObject({ source: 'redis', hasBefore: true, hasAfter: true });
    expect(answer.messages).toEqual([
      {
        id: `${ROOM}.2`,
        roomId: ROOM,
        seq: 2,
        authorId: 'ben',
        body: 'a "quoted" \u2028 line\nand \\ 👩‍👩‍👧',
        createdAt: syntheticLog[4]!.at,
        reactions: [
          { emoji: '👍', count: 1, mine: true },
          { emoji: '🎉', count: 1, mine: true },
        ],
      },
    ]);
    const [two, ...rest] = (await timeline().page({ ...page, direction: 'after', from: 1 })).messages;
    expect(two!.reactions).toEqual([
      { emoji: '👍', count: 1 },
      { emoji: '🎉', count: 1 },
    ]);
    expect(rest.map(({ seq, reactions }) => [seq, reactions])).toEqual([
      [3, []],
      [4, []],
    ]);
  });

  test('the newest message of each room', async () => {
    await project(store(), redisProjections, syntheticLog);
    const rooms = [ROOM, OTHER_ROOM].map((roomId) => ({ roomId, partition: PARTITION, atLeast: position(0) }));
    expect(await timeline().newest(rooms, null)).toMatchObject([
      { message: { seq: 4, body: 'four' }, holds: syntheticLog.length },
      { message: null, holds: 0 },
    ]);
  });

  test('an empty page of a room without messages', async () => {
    await project(store(), redisProjections, syntheticLog.slice(0, 2));
    expect(await timeline().page(page)).toEqual({
      messages: [],
      hasBefore: false,
      hasAfter: false,
      source: 'redis',
      holds: 2,
    });
  });

  test('the unread count, and null for strangers', async () => {
    await project(store(), redisProjections, syntheticLog);
    const answers = await unreadQueries({ prisma, cache }).of(
      ['ann', 'eve', 'ben', 'nobody'].map((user) => unreadOf(user)),
    );
    expect(answers).toEqual([{ readSeq: 4, unreadCount: 0 }, { readSeq: 3, unreadCount: 1 }, null, null]);
  });
});

describe('PostgreSQL answers instead', () => {
  const long = recorded(
    created('ann'),
    joined('ann'),
    ...Array.from({ length: WINDOW + 30 }, (_, n) => posted('ann', n + 1)),
    reacted('ann', 5, '👍'),
  );

  test('where a page reaches behind the window', async () => {
    await project(postgresProjectionStore(database.pool), postgresProjections, long);
    await project(store(), redisProjections, long, [50]);
    expect(await timeline().page({ ...page, from: 34, limit: 3 })).toMatchObject({
      source: 'redis',
      messages: [{ seq: 31 }, { seq: 32 }, { seq: 33 }],
    });
    expect(await timeline().page({ ...page, from: 34, limit: 4 })).toMatchObject({
      source: 'postgres',
      hasBefore: true,
    });
    expect(await timeline().page({ ...page, from: 6, limit: 1 })).toMatchObject({
      source: 'postgres',
      messages: [{ reactions: [{ emoji: '👍' }] }],
    });
    expect(await timeline().page({ ...page, direction: 'after', limit: 1 })).toMatchObject({
      source: 'postgres',
      messages: [{ seq: 1 }],
    });
    expect(await timeline().page({ ...page, direction: 'after', from: 30, limit: 1 })).toMatchObject({
      source: 'redis',
      messages: [{ seq: 31 }],
    });
  });

  test('where the model is behind the requested position', async () => {
    await project(store(), redisProjections, syntheticLog);
    const head = syntheticLog.length;
    expect(await timeline().page({ ...page, atLeast: position(head) })).toMatchObject({ source: 'redis' });
    expect(await timeline().page({ ...page, atLeast: position(head + 1) })).toMatchObject({ source: 'postgres' });
    expect(await unreadQueries({ prisma, cache }).of([unreadOf('ann', head + 1)])).toEqual([null]);
  });

  test('where the model is not live, or does not know the room', async () => {
    await project(store(), redisProjections, syntheticLog);
    expect(await timeline().page({ ...page, roomId: OTHER_ROOM })).toMatchObject({ source: 'postgres' });
    await store().setLive(recentTimeline, PARTITION, false);
    expect(await timeline().page(page)).toMatchObject({ source: 'postgres' });
  });

  test('where a message is missing in Redis', async () => {
    await project(store(), redisProjections, syntheticLog);
    const [messages] = await redis.ask((client) => client.keys(`madang:${logId}:*:m`));
    await redis.ask((client) => client.hdel(messages!, '2'));
    expect(await timeline().page(page)).toMatchObject({ source: 'postgres' });
    expect(await timeline().page({ ...page, limit: 2 })).toMatchObject({ source: 'redis' });
  });
});

describe('events that come twice', () => {
  test.each([1, 3, 100])(
    'leave the keys as they are, in batches of %i, also from an older checkpoint',
    async (size) => {
      await project(store(), redisProjections, syntheticLog, [size]);
      const once = await contents();
      for (const back of [0, 4, 9]) {
        await redis.ask(async (client) => {
          for (const meta of await client.keys(`madang:${logId}:*:meta`)) await client.hset(meta, 'position', back);
          return null;
        });
        await project(store(), redisProjections, syntheticLog, [2]);
        expect(await contents()).toEqual(once);
      }
    },
  );

  test('and batches that end elsewhere give the same keys', async () => {
    const many = recorded(
      created('ann'),
      joined('ann'),
      ...Array.from({ length: WINDOW * 2 }, (_, n) => [
        posted('ann', n + 1),
        reacted('ann', Math.max(1, n - 150), '👍'),
      ]).flat(),
    );
    await project(store(), redisProjections, many);
    const whole = await contents();
    for (const size of [7, 64]) {
      await redis.ask(async (client) => client.unlink(...(await client.keys(`madang:${logId}:*`))));
      await project(store(), redisProjections, many, [size]);
      expect(await contents()).toEqual(whole);
    }
  });
});

describe('a member who was erased', () => {
  const events = [
    created('ann'),
    joined('ann'),
    joined('fay'),
    posted('ann', 1, 'one'),
    posted('fay', 2, 'a "secret" \u00e9'),
    reacted('fay', 1, '👍'),
    reacted('ann', 1, '👍'),
    reacted('fay', 2, ':parrot:'),
    left('fay'),
    erased('fay'),
    posted('ann', 3, 'three'),
  ];
  const redacted = events.map((event) =>
    event.type === 'MessagePosted' && event.data.authorId === userId('fay')
      ? { ...event, data: { ...event.data, authorId: ERASED_USER, body: '' } }
      : event,
  );

  test('leaves only a place, and the same keys with a redacted record or not', async () => {
    await project(store(), redisProjections, recorded(...events), [2]);
    const live = await contents();
    expect(JSON.stringify(live)).not.toMatch(/secret|fay/);
    await project(postgresProjectionStore(database.pool), postgresProjections, recorded(...redacted));
    const asked = { ...page, atLeast: position(events.length) };
    const { source, ...answer } = await timeline().page(asked);
    expect([source, { ...answer, source: 'postgres' }]).toEqual([
      'redis',
      await timelineQueries({ prisma, cache: noCache }).page(asked),
    ]);
    expect(answer.messages.map(({ body, authorId, reactions }) => [body, authorId, reactions])).toEqual([
      ['one', 'ann', [{ emoji: '👍', count: 1 }]],
      ['', ERASED_USER, []],
      ['three', 'ann', []],
    ]);
    for (const size of [1, 3, 100]) {
      await redis.ask(async (client) => client.unlink(...(await client.keys(`madang:${logId}:*`))));
      await project(store(), redisProjections, recorded(...redacted), [size]);
      expect(await contents()).toEqual(live);
    }
  });
});

describe('the checkpoint', () => {
  const batch = handledBy(unread, syntheticLog);

  test('moves only from its own position', async () => {
    expect(await store().progress(unread, PARTITION)).toMatchObject({ position: 0, live: false });
    expect(await store().apply(unread, PARTITION, position(5), position(9), batch)).toBe('superseded');
    expect(await contents()).toEqual({});
    expect(await store().apply(unread, PARTITION, position(0), position(2), [])).toBe('applied');
    expect(await store().apply(unread, PARTITION, position(0), position(9), batch)).toBe('superseded');
    expect(await store().apply(unread, PARTITION, position(2), position(18), batch)).toBe('applied');
    expect(await store().progressOfAll(redisProjections, 4)).toMatchObject(
      redisProjections.map((projection) =>
        [0, 1, 2, 3].map((partition) => ({
          position: projection === unread && partition === PARTITION ? 18 : 0,
          live: false,
        })),
      ),
    );
  });

  test('lets one of two runners on', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => store().apply(unread, PARTITION, position(0), position(18), batch)),
    );
    expect([...outcomes].sort()).toEqual(['applied', 'superseded', 'superseded']);
  });

  test('of a model that was emptied supersedes its runner, which fills it again', async () => {
    const running = store();
    await project(running, redisProjections, syntheticLog);
    const before = await contents();
    await redis.ask(async (client) => client.unlink(...(await client.keys(`madang:${logId}:*`))));
    expect(await running.apply(unread, PARTITION, position(18), position(19), [])).toBe('superseded');
    expect(await running.progress(unread, PARTITION)).toMatchObject({ position: 0, live: false });
    expect(await timeline().page(page)).toMatchObject({ source: 'postgres' });
    await project(running, redisProjections, syntheticLog, [5]);
    expect(await contents()).toEqual(before);
    expect(await timeline().page(page)).toMatchObject({
      source: 'redis',
      messages: [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }],
    });
  });

  test('keeps a model that was emptied just before it would turn live from turning live', async () => {
    const running = store();
    await running.progress(unread, PARTITION);
    await running.apply(unread, PARTITION, position(0), position(18), batch);
    await redis.ask(async (client) => client.unlink(...(await client.keys(`madang:${logId}:*`))));
    await running.setLive(unread, PARTITION, true);
    expect(await running.progress(unread, PARTITION)).toMatchObject({ position: 0, live: false });
  });

  test('of a model without events turns live at 0', async () => {
    const running = store();
    await running.progress(unread, PARTITION);
    await running.setLive(unread, PARTITION, true);
    expect(await running.progress(unread, PARTITION)).toMatchObject({ position: 0, live: true });
  });

  test('moves by a script that the server has forgotten', async () => {
    const running = store();
    await running.apply(unread, PARTITION, position(0), position(1), []);
    await redis.ask((client) => client.script('FLUSH'));
    expect(await running.apply(unread, PARTITION, position(1), position(18), batch)).toBe('applied');
  });
});

test("a generation that is no longer folded loses an erased author's text", async () => {
  const told = recorded(
    created('ann'),
    joined('ann'),
    joined('ben', 0),
    posted('ann', 1, 'secret "words"'),
    posted('ben', 2, 'of ben'),
  );
  await project(store(), redisProjections, told);
  const generations = redisGenerationStore(redis, logId, NEVER_FORKED);
  const kept = { projection: recentTimeline, space: generations.newSpace(recentTimeline) };
  await generations.apply(kept, PARTITION, position(0), position(told.length), handledBy(recentTimeline, told));
  const messagesOf = async (space: string): Promise<unknown> =>
    Object.values(
      await redis.ask((client) => client.hgetall(`madang:${logId}:{${PARTITION}}:recent-timeline:${space}:${ROOM}:m`)),
    ).map((json) => JSON.parse(json) as unknown);
  const before = await messagesOf('v1');
  expect(await messagesOf(kept.space)).toEqual(before);
  const sweep = redisErasureSweep(redis, logId, recentTimeline);
  for (const _twice of [1, 2]) {
    await sweep([userId('nobody'), userId('ann')]);
    expect(await messagesOf(kept.space)).toEqual([
      { seq: 1, author: ERASED_USER, body: '', at: told[3]!.at.toISOString() },
      { seq: 2, author: 'ben', body: 'of ben', at: told[4]!.at.toISOString() },
    ]);
  }
  expect(await messagesOf('v1')).toEqual(before);
});
