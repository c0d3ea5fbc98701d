import { ERASED_USER, position, userId } from '../../../src/engine/domain/ids.js';
import type { PrismaClient } from '../../../src/projections/prisma-client.js';
import { openPrisma } from '../../../src/projections/prisma-client.js';
import { postgresProjectionStore } from '../../../src/engine/postgres/projection-store.js';
import { noCache } from '../../../src/engine/projector/read-cache.js';
import { memberQueries } from '../../../src/projections/membership/members/query.js';
import type { PostgresProjection } from '../../../src/engine/projector/projection.js';
import type { ParkedKey } from '../../../src/engine/projector/projection-store.js';
import { postgresProjections } from '../../../src/projections/registry.js';
import { roomQueries } from '../../../src/projections/room/rooms/query.js';
import { timelineQueries } from '../../../src/projections/message/timeline/query.js';
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
import { PARTITION, handledBy, project, recorded } from './recorded.js';
import { elsewhere, registered, syntheticLog, deletion, redacted, page } from './synthetic-log.js';

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

test('the events of this suite have each type that a read model folds', () => {
  const present = new Set<string>([...syntheticLog.map(({ event }) => event), ...deletion].map(({ type }) => type));
  for (const { name, handles } of postgresProjections)
    expect({ name, absent: handles.filter((type) => !present.has(type)) }).toEqual({ name, absent: [] });
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
    const timeline = timelineQueries({ prisma, cache: noCache });
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
    const users = userQueries({ prisma });
    expect(await users.byHandle('fay')).toMatchObject({ id: 'gil', name: 'Gil', deleted: false });
    expect(await users.byIds([userId('fay')])).toMatchObject([
      { deleted: true, handle: '(deleted)', name: 'Deleted user' },
    ]);
    expect(await memberQueries({ prisma }).areMembers([{ roomId: ROOM, userId: userId('fay') }])).toEqual([false]);
    expect(await roomQueries({ prisma }).byIds([ROOM])).toMatchObject([{ memberCount: 2, lastSeq: 4 }]);
  });

  test('is erased in one room alone, until the others hear of it, too', async () => {
    const before = [registered('fay'), created('ann'), elsewhere(created('ann'))];
    const wrote = (body: string) => [joined('fay'), posted('fay', 1, body)];
    const gone = [left('fay'), erased('fay')];
    const log = recorded(...before, ...wrote('here'), ...wrote('there').map(elsewhere), ...gone);
    await project(postgresProjectionStore(database.pool), postgresProjections, log);
    const { rows: messages } = await database.pool.query(
      'SELECT room_id, author_id, body FROM messages ORDER BY room_id',
    );
    expect(messages).toEqual([
      { room_id: ROOM, author_id: ERASED_USER, body: '' },
      { room_id: OTHER_ROOM, author_id: 'fay', body: 'there' },
    ]);
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
    expect(await userQueries({ prisma }).byHandle('ann')).toBeNull();
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
    expect(await roomQueries({ prisma }).byIds([ROOM])).toEqual([null]);
    expect(await userQueries({ prisma }).byHandle('ann')).not.toBeNull();
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
    expect(await roomQueries({ prisma }).byIds([ROOM])).toMatchObject([{ memberCount: 1 }]);
    expect(await memberQueries({ prisma }).areMembers([{ roomId: ROOM, userId: userId('ann') }])).toEqual([true]);
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

describe('a parked key', () => {
  const members = postgresProjections.find(({ name }) => name === 'members')!;
  const batch = handledBy(members, syntheticLog);
  const [end, half] = [position(syntheticLog.length), batch[1]!.position];
  const parked: ParkedKey = { key: ROOM, position: position(1), letter: null, reason: 'cannot', since: new Date(0) };
  const next: ParkedKey = { ...parked, position: half, reason: 'still cannot' };
  const first = batch.slice(0, 1);
  const open = async () => {
    const store = postgresProjectionStore(database.pool);
    await store.apply(members, PARTITION, position(0), end, [], { held: [], park: [parked] });
    return store;
  };

  test('is released only from its own position, once, by one of two', async () => {
    const store = await open();
    const release = { parked, events: first, next };
    const outcomes = await Promise.all([0, 1].map(() => store.release(members, PARTITION, end, release)));
    expect(outcomes.sort()).toEqual(['applied', 'superseded']);
    const once = await rows();
    // By processes that know of the key's first position only: it would be free, or further on, with events left out.
    for (const rival of [null, { ...next, position: end }])
      expect(await store.release(members, PARTITION, end, { parked, events: first, next: rival })).toBe('superseded');
    expect(await store.parked(members, PARTITION)).toEqual([next]);
    expect(await rows()).toEqual(once);
    const rest = { parked: next, events: batch.slice(1), next: null };
    expect(await store.release(members, PARTITION, end, rest)).toBe('applied');
    expect(await store.parked(members, PARTITION)).toEqual([]);
  });

  test('is not released by a process whose checkpoint another one has moved', async () => {
    const store = await open();
    const later = position(end + 1);
    await store.apply(members, PARTITION, end, later, [], { held: [ROOM], park: [] });
    const before = await rows();
    expect(await store.release(members, PARTITION, end, { parked, events: batch, next: null })).toBe('superseded');
    expect([await rows(), await store.parked(members, PARTITION)]).toEqual([before, [parked]]);
  });
});
