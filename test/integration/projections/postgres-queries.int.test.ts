import { position, userId } from '../../../src/engine/domain/ids.js';
import { roomId } from '../../../src/events/ids.js';
import type { ReadFresh } from '../../../src/projections/read-source.js';
import type { PrismaClient } from '../../../src/projections/prisma-client.js';
import { openPrisma } from '../../../src/projections/prisma-client.js';
import { postgresProjectionStore } from '../../../src/engine/postgres/projection-store.js';
import { noCache } from '../../../src/engine/projector/read-cache.js';
import { memberQueries } from '../../../src/projections/membership/members/query.js';
import { postgresProjections } from '../../../src/projections/registry.js';
import { roomQueries } from '../../../src/projections/room/rooms/query.js';
import { timelineQueries } from '../../../src/projections/message/timeline/query.js';
import { unreadQueries } from '../../../src/projections/membership/unread/query.js';
import { userQueries } from '../../../src/projections/user/users/query.js';
import type { TestDatabase } from '../../support/database.js';
import { createTestDatabase } from '../../support/database.js';
import { OTHER_ROOM, ROOM, posted } from '../../support/room-events.js';
import { PARTITION, atOf, project, recorded } from './recorded.js';
import { syntheticLog, page } from './synthetic-log.js';

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

describe('the answers of the queries', () => {
  beforeEach(() => project(postgresProjectionStore(database.pool), postgresProjections, syntheticLog));

  test('users by id in the order asked, and by handle', async () => {
    const users = userQueries({ prisma });
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

  test('who is a member is asked of the primary, also where a replica says no', async () => {
    /** A replica that has nothing yet. */
    const behind: ReadFresh = (_, query) => query({ $queryRaw: <T>() => Promise.resolve([] as T) });
    const [members, rooms] = [memberQueries({ prisma, read: behind }), roomQueries({ prisma, read: behind })];
    const [roomOfAnn, ann] = [ROOM, userId('ann')];
    expect(await members.areMembers([{ roomId: roomOfAnn, userId: ann }])).toEqual([true]);
    expect(await rooms.visited([roomOfAnn], ann)).toEqual([expect.objectContaining({ isMember: true })]);
    const atLeast = { partition: PARTITION, position: position(1) };
    const asked = { roomId: roomOfAnn, first: 5, after: null, viewer: ann, atLeast };
    expect((await members.page(asked))?.members).toContainEqual(expect.objectContaining({ userId: ann }));
    // What a replica may answer comes from there.
    expect(await rooms.page({ first: 5, after: null, member: ann, atLeast: [atLeast] })).toEqual({
      rooms: [],
      hasMore: false,
    });
  });

  test('rooms by id, with members and last message counted', async () => {
    const first = { id: ROOM, title: 'First', createdAt: atOf(3), createdBy: 'ann', memberCount: 2, lastSeq: 3 };
    const rooms = roomQueries({ prisma });
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
    const rooms = roomQueries({ prisma });
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
    const members = memberQueries({ prisma });
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
    const timeline = timelineQueries({ prisma, cache: noCache });
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
    const answer = await timelineQueries({ prisma, cache: noCache }).page({ ...page, direction, from, limit });
    expect({ ...answer, messages: answer.messages.map(({ seq }) => seq) }).toEqual({
      messages: seqs,
      hasBefore,
      hasAfter,
      source: 'postgres',
      holds: syntheticLog.length,
    });
  });

  test('a room without messages has an empty page and no newest message', async () => {
    const timeline = timelineQueries({ prisma, cache: noCache });
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
    const unread = unreadQueries({ prisma, cache: noCache });
    expect(await unread.of(keys)).toEqual([{ readSeq: 3, unreadCount: 0 }, { readSeq: 3, unreadCount: 0 }, null, null]);
    const later = [...syntheticLog, ...recorded(...syntheticLog.map(({ event }) => event), posted('ann', 4)).slice(-1)];
    await project(postgresProjectionStore(database.pool), postgresProjections, later);
    expect(await unread.of(keys)).toEqual([{ readSeq: 4, unreadCount: 0 }, { readSeq: 3, unreadCount: 1 }, null, null]);
  });
});
