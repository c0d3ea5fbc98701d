import type { DomainEvent } from '../../../src/events/event.js';
import { ERASED_USER, commandId, position, userId } from '../../../src/engine/domain/ids.js';
import { campaignId, roomId } from '../../../src/events/ids.js';
import type { PrismaClient } from '../../../src/projections/prisma-client.js';
import { openPrisma } from '../../../src/projections/prisma-client.js';
import { postgresProjectionStore } from '../../../src/engine/postgres/projection-store.js';
import { noCache } from '../../../src/engine/projector/read-cache.js';
import { memberQueries } from '../../../src/projections/membership/members/query.js';
import type { PostgresProjection } from '../../../src/engine/projector/projection.js';
import { postgresProjections } from '../../../src/projections/registry.js';
import { roomQueries } from '../../../src/projections/room/rooms/query.js';
import { timelineQueries } from '../../../src/projections/message/timeline/query.js';
import { unreadQueries } from '../../../src/projections/membership/unread/query.js';
import { userQueries } from '../../../src/projections/user/users/query.js';
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
import { PARTITION, atOf, handledBy, project, recorded } from './recorded.js';

let database: TestDatabase;
let prisma: PrismaClient;

beforeEach(async () => {
  database = await createTestDatabase();
  prisma = openPrisma(database.pool);
});

afterEach(async () => {
  await prisma.$disconnect();
  await database[Symbol.asyncDispose]();
});

const registered = (id: string, handle = id, name = handle): DomainEvent => ({
  type: 'UserRegistered',
  data: { userId: userId(id), handle, name },
});
const elsewhere = <E extends DomainEvent>(event: E): E => ({ ...event, data: { ...event.data, roomId: OTHER_ROOM } });

/** A campaign that is paused, resumed, loaded and sold out. */
function campaign(): readonly DomainEvent[] {
  const campaignOf = { campaignId: campaignId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8d01') };
  const by = { ...campaignOf, userId: userId('ann') };
  const request = { ...by, requestId: commandId('018f2f6e-0000-7000-8000-0000000000aa') };
  const opensAt = '2026-03-01T09:00:00.000Z';
  return [
    {
      type: 'GifticonCampaignCreated',
      data: { ...campaignOf, title: 'Coffee', stock: 1, opensAt, closesAt: null, createdBy: userId('ann') },
    },
    { type: 'GifticonCampaignPaused', data: by },
    { type: 'GifticonCodesLoaded', data: { ...campaignOf, first: 2, count: 1 } },
    { type: 'GifticonCampaignResumed', data: by },
    { type: 'GifticonRequested', data: request },
    { type: 'GifticonIssued', data: { ...request, nth: 1 } },
    { type: 'GifticonIssued', data: { ...request, nth: 2 } },
    { type: 'GifticonsSoldOut', data: campaignOf },
  ];
}

/** All rows of all read models. */
async function rows(): Promise<unknown> {
  const tables = postgresProjections.flatMap((projection) => projection.tables);
  const contents = await Promise.all(
    tables.map((table) => database.pool.query(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY to_jsonb(t)::text`)),
  );
  return Object.fromEntries(
    tables.map((table, index) => [table, contents[index]!.rows.map(({ row }: { row: unknown }) => row)]),
  );
}

const syntheticLog = recorded(
  registered('ann', 'ann', 'Ann'),
  registered('ben'),
  created('ann', 'First'),
  joined('ann'),
  posted('ann', 1, 'one'),
  joined('ben', 1),
  posted('ben', 2, 'two'),
  reacted('ann', 2, '👍'),
  reacted('ben', 2, '🎉'),
  reacted('ben', 2, '👍'),
  unreacted('ann', 2, '👍'),
  elsewhere(created('ben', 'Second')),
  elsewhere(joined('ben')),
  posted('ann', 3, 'three'),
  read('ben', 3),
  joined('eve', 3),
  left('eve'),
  reacted('ann', 1, '🙂'),
  unreacted('ann', 1, '🙂'),
  ...campaign(),
);

/** The log continues with a user whose account is deleted, and whose handle another user takes. */
const deletion: readonly DomainEvent[] = [
  ...syntheticLog.map(({ event }) => event),
  registered('fay', 'fay', 'Fay'),
  joined('fay', 3),
  posted('fay', 4, 'four'),
  reacted('fay', 4, '👍'),
  reacted('fay', 2, '👍'),
  left('fay'),
  joined('fay', 4),
  read('fay', 4),
  left('fay'),
  erased('fay'),
  { type: 'AccountDeleted', data: { userId: userId('fay') } },
  registered('gil', 'fay', 'Gil'),
];

/** The same with a redacted record. */
const redacted = (event: DomainEvent): DomainEvent => {
  if (event.type === 'MessagePosted' && event.data.authorId === userId('fay'))
    return { ...event, data: { ...event.data, authorId: ERASED_USER, body: '' } };
  if (event.type === 'UserRegistered' && event.data.userId === userId('fay'))
    return { ...event, data: { ...event.data, handle: '', name: '' } };
  return event;
};

const page = { roomId: ROOM, partition: PARTITION, viewer: null, from: null, limit: 10, atLeast: position(0) } as const;

describe('the answers of the queries', () => {
  beforeEach(() => project(postgresProjectionStore(database.pool), postgresProjections, syntheticLog));

  test('users by id in the order asked, and by handle', async () => {
    const users = userQueries(prisma);
    const ann = { id: 'ann', handle: 'ann', name: 'Ann', registeredAt: atOf(1), deleted: false };
    expect(await users.byIds([userId('nobody'), userId('ben'), userId('ann')])).toEqual([
      null,
      expect.objectContaining({ id: 'ben' }),
      ann,
    ]);
    expect(await users.byHandle('ann')).toEqual(ann);
    expect(await users.byHandle('nobody')).toBeNull();
    expect(await users.byIds([])).toEqual([]);
  });

  test('rooms by id, with members and last message counted', async () => {
    const first = { id: ROOM, title: 'First', createdAt: atOf(3), createdBy: 'ann', memberCount: 2, lastSeq: 3 };
    const rooms = roomQueries(prisma);
    expect(await rooms.byIds([ROOM, roomId('no such room')])).toEqual([first, null]);
    for (const [user, isMember] of [
      ['ann', true],
      ['eve', false],
      ['nobody', false],
    ] as const) {
      expect(await rooms.visited([ROOM, roomId('no such room')], userId(user))).toEqual([
        { room: first, isMember },
        null,
      ]);
    }
  });

  test('rooms by page, newest first, all and those of one member', async () => {
    const rooms = roomQueries(prisma);
    const newest = await rooms.page({ first: 1, after: null, member: null });
    expect(newest).toMatchObject({ rooms: [{ id: OTHER_ROOM }], hasMore: true });
    expect(await rooms.page({ first: 1, after: newest.rooms[0]!, member: null })).toMatchObject({
      rooms: [{ id: ROOM }],
      hasMore: false,
    });
    expect(await rooms.page({ first: 5, after: null, member: userId('ann') })).toMatchObject({
      rooms: [{ id: ROOM }],
      hasMore: false,
    });
    expect(await rooms.page({ first: 5, after: null, member: userId('eve') })).toEqual({ rooms: [], hasMore: false });
  });

  test('who is a member, and members by page in the order in which they joined', async () => {
    const members = memberQueries(prisma);
    const asked = ['ann', 'ben', 'eve', 'nobody'].map((user) => ({ roomId: ROOM, userId: userId(user) }));
    expect(await members.areMembers([...asked, { roomId: OTHER_ROOM, userId: userId('ann') }])).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    const viewer = userId('ben');
    const first = await members.page({ roomId: ROOM, first: 1, after: null, viewer });
    expect(first).toEqual({ members: [{ userId: 'ann', joinedAt: atOf(4) }], hasMore: true });
    expect(await members.page({ roomId: ROOM, first: 1, after: first!.members[0]!, viewer })).toMatchObject({
      members: [{ userId: 'ben' }],
      hasMore: false,
    });
    expect(
      await members.page({ roomId: ROOM, first: 1, after: { userId: viewer, joinedAt: new Date(8e15) }, viewer }),
    ).toEqual({ members: [], hasMore: false });
    // Left, and never joined.
    for (const stranger of ['eve', 'nobody'])
      expect(await members.page({ roomId: ROOM, first: 1, after: null, viewer: userId(stranger) })).toBeNull();
  });

  test('messages with their reactions in the order of first use, and the viewer’s own', async () => {
    const timeline = timelineQueries(prisma, noCache);
    const two = { id: `${ROOM}.2`, roomId: ROOM, seq: 2, authorId: 'ben', body: 'two', createdAt: atOf(7) };
    expect(await timeline.page({ ...page, direction: 'before', from: 3, limit: 1, viewer: userId('ann') })).toEqual({
      messages: [
        {
          ...two,
          reactions: [
            { emoji: '👍', count: 1, mine: false },
            { emoji: '🎉', count: 1, mine: false },
          ],
        },
      ],
      hasBefore: true,
      hasAfter: true,
      source: 'postgres',
      holds: syntheticLog.length,
    });
    const reactions = [
      { emoji: '👍', count: 1 },
      { emoji: '🎉', count: 1 },
    ];
    expect(
      await timeline.byKeys(
        [
          { roomId: ROOM, seq: 9 },
          { roomId: ROOM, seq: 2 },
          { roomId: ROOM, seq: 2 ** 40 },
        ],
        null,
      ),
    ).toEqual([null, { ...two, reactions }, null]);
    expect(await timeline.byKeys([{ roomId: ROOM, seq: 1 }], userId('ann'))).toMatchObject([{ reactions: [] }]);
  });

  test.each([
    ['before', null, 2, [2, 3], true, false],
    ['before', null, 3, [1, 2, 3], false, false],
    ['before', 2, 5, [1], false, true],
    ['before', 1, 5, [], false, true],
    ['before', 0, 5, [], false, true],
    ['before', 100, 2, [2, 3], true, false],
    ['before', 2 ** 40, 2, [2, 3], true, false],
    ['after', null, 2, [1, 2], false, true],
    ['after', 2, 2, [3], true, false],
    ['after', 3, 2, [], true, false],
    ['after', 2 ** 40, 2, [], true, false],
  ] as const)('the page %s %p of %i messages', async (direction, from, limit, seqs, hasBefore, hasAfter) => {
    const answer = await timelineQueries(prisma, noCache).page({ ...page, direction, from, limit });
    expect({ ...answer, messages: answer.messages.map(({ seq }) => seq) }).toEqual({
      messages: seqs,
      hasBefore,
      hasAfter,
      source: 'postgres',
      holds: syntheticLog.length,
    });
  });

  test('a room without messages has an empty page and no newest message', async () => {
    const timeline = timelineQueries(prisma, noCache);
    expect(await timeline.page({ ...page, roomId: OTHER_ROOM, direction: 'before' })).toMatchObject({
      messages: [],
      hasBefore: false,
      hasAfter: false,
    });
    const rooms = [OTHER_ROOM, ROOM].map((id) => ({ roomId: id, partition: PARTITION, atLeast: position(0) }));
    expect(await timeline.newest(rooms, null)).toMatchObject([
      { message: null, holds: syntheticLog.length },
      { message: { roomId: ROOM, seq: 3 }, holds: syntheticLog.length },
    ]);
  });

  test('the unread count, for members only', async () => {
    const keys = ['ann', 'ben', 'eve', 'nobody'].map((user) => ({
      roomId: ROOM,
      userId: userId(user),
      partition: PARTITION,
      atLeast: position(0),
    }));
    const unread = unreadQueries(prisma, noCache);
    expect(await unread.of(keys)).toEqual([{ readSeq: 3, unreadCount: 0 }, { readSeq: 3, unreadCount: 0 }, null, null]);
    const later = [...syntheticLog, ...recorded(...syntheticLog.map(({ event }) => event), posted('ann', 4)).slice(-1)];
    await project(postgresProjectionStore(database.pool), postgresProjections, later);
    expect(await unread.of(keys)).toEqual([{ readSeq: 4, unreadCount: 0 }, { readSeq: 3, unreadCount: 1 }, null, null]);
  });
});

describe('events that come twice', () => {
  test.each([1, 2, 3, 7, 100])('leave the rows as they are, in batches of %i', async (size) => {
    const store = postgresProjectionStore(database.pool);
    await project(store, postgresProjections, syntheticLog, [size]);
    const once = await rows();
    for (const projection of postgresProjections) {
      for (let from = 0; from < syntheticLog.length; from += size) {
        const batch = handledBy(projection, syntheticLog.slice(from, from + size));
        if (batch.length === 0) continue;
        await projection.apply(database.pool, batch);
        await projection.apply(
          database.pool,
          [...batch, ...batch].sort((a, b) => a.position - b.position),
        );
        expect(await rows()).toEqual(once);
      }
    }
  });

  test('the rows do not depend on the sizes of the batches', async () => {
    const store = postgresProjectionStore(database.pool);
    await project(store, postgresProjections, syntheticLog);
    const whole = await rows();
    for (const size of [1, 2, 3, 5]) {
      const tables = postgresProjections.flatMap((projection) => projection.tables);
      await database.pool.query(`TRUNCATE ${tables.join(', ')}, projection_checkpoints`);
      await project(store, postgresProjections, syntheticLog, [size]);
      expect(await rows()).toEqual(whole);
    }
  });

  test('a checkpoint that was set back makes the events come again and changes no row', async () => {
    const store = postgresProjectionStore(database.pool);
    await project(store, postgresProjections, syntheticLog);
    const once = await rows();
    for (const back of [0, 4, 9]) {
      await database.pool.query('UPDATE projection_checkpoints SET position = $1', [back]);
      await project(store, postgresProjections, syntheticLog, [2]);
      expect(await rows()).toEqual(once);
    }
  });

  test('nor does it show removed reactions again, at any step on the way', async () => {
    const store = postgresProjectionStore(database.pool);
    const told = recorded(
      created('ann'),
      joined('ann'),
      joined('ben', 0),
      posted('ann', 1, 'one'),
      reacted('ben', 1, '👍'),
      read('ben', 1),
      unreacted('ben', 1, '👍'),
      left('ben'),
      joined('ben', 1),
      reacted('ben', 1, '👍'),
      posted('ben', 2, 'two'),
    );
    await project(store, postgresProjections, told);
    const once = await rows();
    await database.pool.query('UPDATE projection_checkpoints SET position = 0');
    for (const event of told) {
      for (const projection of postgresProjections) {
        const [from, to] = [position(event.position - 1), event.position];
        expect(await store.apply(projection, PARTITION, from, to, handledBy(projection, [event]))).toBe('applied');
      }
      expect(await rows()).toEqual(once);
    }
  });
});

describe('a deleted account', () => {
  const whole = recorded(...deletion);
  const afterwards = recorded(...deletion.map(redacted));
  const empty = () =>
    database.pool.query(
      `TRUNCATE ${postgresProjections.flatMap((projection) => projection.tables).join(', ')}, projection_checkpoints`,
    );

  test('leaves no body and no author, and every message in its place', async () => {
    await project(postgresProjectionStore(database.pool), postgresProjections, whole);
    expect(JSON.stringify(await rows())).not.toMatch(/four|Fay/);
    const timeline = timelineQueries(prisma, noCache);
    const { messages } = await timeline.page({ ...page, direction: 'before' });
    expect(messages.map(({ seq, body, authorId }) => [seq, body, authorId])).toEqual([
      [1, 'one', 'ann'],
      [2, 'two', 'ben'],
      [3, 'three', 'ann'],
      [4, '', ERASED_USER],
    ]);
    expect(messages[1]).toMatchObject({
      reactions: [
        { emoji: '👍', count: 1 },
        { emoji: '🎉', count: 1 },
      ],
    });
    expect(messages[3]).toMatchObject({ reactions: [] });
    const users = userQueries(prisma);
    expect(await users.byHandle('fay')).toMatchObject({ id: 'gil', name: 'Gil', deleted: false });
    expect(await users.byIds([userId('fay')])).toMatchObject([
      { deleted: true, handle: '(deleted)', name: 'Deleted user' },
    ]);
    expect(await memberQueries(prisma).areMembers([{ roomId: ROOM, userId: userId('fay') }])).toEqual([false]);
    expect(await roomQueries(prisma).byIds([ROOM])).toMatchObject([{ memberCount: 2, lastSeq: 4 }]);
  });

  test.each([1, 2, 3, 5, 8, 100])(
    'gives the same rows with a redacted record or not, in batches of %i',
    async (size) => {
      const store = postgresProjectionStore(database.pool);
      await project(store, postgresProjections, whole, [size]);
      const once = await rows();
      // Live, then redacted, then once more from the beginning.
      for (const events of [afterwards, whole]) {
        await database.pool.query('UPDATE projection_checkpoints SET position = 0');
        await project(store, postgresProjections, events, [size]);
        expect(await rows()).toEqual(once);
      }
      await empty();
      await project(store, postgresProjections, afterwards, [size]);
      expect(await rows()).toEqual(once);
      // Redacted in the middle of filling.
      const middle = Math.floor(whole.length / 2);
      await empty();
      await project(store, postgresProjections, [...whole.slice(0, middle), ...afterwards.slice(middle)], [size]);
      expect(await rows()).toEqual(once);
    },
  );
});

describe('the checkpoint', () => {
  const named = (name: string): PostgresProjection => postgresProjections.find((each) => each.name === name)!;
  const [users, rooms, members] = [named('users'), named('rooms'), named('members')];

  test('is 0 and not live where nothing was projected', async () => {
    const store = postgresProjectionStore(database.pool);
    expect(await store.progress(users, PARTITION)).toMatchObject({ position: 0, live: false });
    expect(await store.progressOfAll(postgresProjections, 2)).toMatchObject(
      postgresProjections.map(() => [
        { position: 0, live: false },
        { position: 0, live: false },
      ]),
    );
  });

  test('moves only from its own position, and refuses with no row written', async () => {
    const store = postgresProjectionStore(database.pool);
    const batch = handledBy(users, syntheticLog);
    expect(await store.apply(users, PARTITION, position(5), position(9), batch)).toBe('superseded');
    expect(await store.apply(users, PARTITION, position(5), position(9), [])).toBe('superseded');
    expect(await userQueries(prisma).byHandle('ann')).toBeNull();
    expect(await store.apply(users, PARTITION, position(0), position(1), [])).toBe('applied');
    expect(await store.apply(users, PARTITION, position(0), position(9), batch)).toBe('superseded');
    expect(await store.apply(users, PARTITION, position(1), position(9), batch)).toBe('applied');
    await store.setLive(users, PARTITION, true);
    expect(await store.progress(users, PARTITION)).toMatchObject({ position: 9, live: true });
    const [ofUsers] = await store.progressOfAll(postgresProjections, 6);
    expect(ofUsers).toHaveLength(6);
    expect(ofUsers![PARTITION]).toEqual({ position: 9, live: true, version: 1 });
    // Another program: it finds no checkpoint of its version, and creates none.
    expect(await store.apply({ ...users, version: 2 }, PARTITION, position(9), position(10), [])).toBe('superseded');
    expect(await store.apply({ ...users, version: 2 }, PARTITION, position(0), position(10), [])).toBe('superseded');
  });

  test('and the rows are stored together or not at all', async () => {
    const store = postgresProjectionStore(database.pool);
    const twice = recorded(registered('ann'), registered('ben', 'ben', 'no \u0000 fits'));
    await expect(store.apply(users, PARTITION, position(0), position(2), twice)).rejects.toThrow(/Unicode/);
    expect(await store.progress(users, PARTITION)).toMatchObject({ position: 0, live: false });
  });

  test('of one read model that moved meanwhile holds up none of the others', async () => {
    const store = postgresProjectionStore(database.pool);
    expect(await store.apply(rooms, PARTITION, position(0), position(2), [])).toBe('applied');
    const take = (projection: PostgresProjection) =>
      store.apply(
        projection,
        PARTITION,
        position(0),
        position(syntheticLog.length),
        handledBy(projection, syntheticLog),
      );
    expect(await Promise.all([users, rooms, members].map(take))).toEqual(['applied', 'superseded', 'applied']);
    expect(await roomQueries(prisma).byIds([ROOM])).toEqual([null]);
    expect(await userQueries(prisma).byHandle('ann')).not.toBeNull();
    expect(await store.progress(rooms, PARTITION)).toMatchObject({ position: 2 });
    expect(await store.progress(members, PARTITION)).toMatchObject({ position: syntheticLog.length });
  });

  test('of one read model that fails stays, and those with the same events move', async () => {
    const store = postgresProjectionStore(database.pool);
    const twice = recorded(
      registered('ann'),
      registered('ben', 'ben', 'no \u0000 fits'),
      created('ann'),
      joined('ann'),
    );
    const take = (projection: PostgresProjection) =>
      store.apply(projection, PARTITION, position(0), position(4), handledBy(projection, twice));
    const [failed, ...others] = await Promise.allSettled([users, rooms, members].map(take));
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: '22P05' } });
    expect(others).toEqual([1, 2].map(() => ({ status: 'fulfilled', value: 'applied' })));
    expect(await store.progress(users, PARTITION)).toMatchObject({ position: 0, live: false });
    expect(await roomQueries(prisma).byIds([ROOM])).toMatchObject([{ memberCount: 1 }]);
    expect(await memberQueries(prisma).areMembers([{ roomId: ROOM, userId: userId('ann') }])).toEqual([true]);
  });

  test('lets one of two runners on', async () => {
    const store = postgresProjectionStore(database.pool);
    const batch = handledBy(users, syntheticLog);
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => store.apply(users, PARTITION, position(0), position(9), batch)),
    );
    expect([...outcomes].sort()).toEqual(['applied', 'superseded', 'superseded']);
  });
});
