import { randomUUID } from 'node:crypto';
import { handleId } from '../../src/commands/user/handle-state.js';
import { STORED } from '../../src/erasure/places.js';
import { ERASED_USER, commandId, position, streamId, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import type { DeadLetter } from '../../src/engine/store/event-store.js';
import type { Erasure } from '../../src/erasure/erasure.js';
import { postgresOperatorActions } from '../../src/admin/postgres-operator-actions.js';
import { until } from '../support/conditions.js';
import { tracesIn } from '../support/traces.js';
import { PARTITIONS, FAY, SECRETS, openSite, newRooms, deleteFay, eraseFay } from '../support/erasure-site.js';

test('a deleted account is erased in every room, loses its handle, and leaves nothing', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const rooms = newRooms(6);
  await site.inhabit(rooms);
  await site.run('LeaveRoom', rooms[0]!, FAY.id, { roomId: rooms[0] });
  const letters: readonly DeadLetter[] = [
    {
      source: 'projection:timeline',
      partition: 0,
      place: 1,
      key: null,
      reason: 'why',
      payload: JSON.stringify({ type: 'MessagePosted', data: { authorId: FAY.id, body: 'secret-zq7' } }),
    },
    {
      source: 'projection:timeline',
      partition: 0,
      place: 3,
      key: null,
      reason: 'why',
      payload: JSON.stringify({ inner: JSON.stringify({ userId: FAY.id, body: 'secret-zq7' }) }),
    },
    {
      source: 'commands',
      partition: 0,
      place: 2,
      key: 'ben',
      reason: 'why',
      payload: '{"userId":"ben","body":"of ben"}',
    },
  ];
  for (const letter of letters) await site.deadLetters.add(letter);
  // A generation that a rebuild keeps for a rollback, and that is not folded any more.
  await site.pool.query(
    'CREATE SCHEMA madang_kept; CREATE TABLE madang_kept.messages (LIKE messages); ' +
      'CREATE TABLE madang_kept.users (LIKE users)',
  );
  await site.pool.query('INSERT INTO madang_kept.messages VALUES ($1, 1, $2, $3, now()), ($1, 2, $4, $5, now())', [
    rooms[0],
    FAY.id,
    'secret-zq7',
    'ben',
    'of ben',
  ]);
  await site.pool.query('INSERT INTO madang_kept.users VALUES ($1, $2, $3, now(), false)', [
    FAY.id,
    FAY.handle,
    FAY.name,
  ]);
  expect(await tracesIn(site.pool, SECRETS)).toEqual(
    expect.arrayContaining(['commands', 'dead_letters', 'events', 'madang_kept.messages', 'madang_kept.users']),
  );

  expect(await deleteFay(site)).toBeNull();
  await until(async () => (await site.eventsOf('MemberErased')).length === rooms.length, 'every room has heard of it');
  await until(
    async () => (await tracesIn(site.pool, SECRETS)).every((table) => table !== 'events'),
    'the events are redacted',
  );
  // The parked key behind a dead letter repeats the reason.
  await site.pool.query(
    'INSERT INTO parked_keys (name, version, partition, key, position, letter, reason, since) ' +
      `SELECT 'timeline', 1, 0, $1, 1, min(id), 'because of secret-zq7', now() FROM dead_letters`,
    [rooms[0]],
  );
  expect(await site.sweep()).toBe(1);
  expect(await tracesIn(site.pool, SECRETS)).toEqual([]);

  const posted = await site.eventsOf('MessagePosted');
  expect(posted.filter(({ data }) => data.authorId === ERASED_USER && data.body === '')).toHaveLength(rooms.length);
  expect(posted.filter(({ data }) => data.authorId === 'ben' && data.body === 'of ben')).toHaveLength(rooms.length);
  expect((await site.pool.query('SELECT body, author_id FROM madang_kept.messages ORDER BY seq')).rows).toEqual([
    { body: '', author_id: ERASED_USER },
    { body: 'of ben', author_id: 'ben' },
  ]);
  // A room that was left before is erased without a second leaving.
  expect(await site.eventsOf('MemberLeft')).toHaveLength(rooms.length);
  const [claimed] = await site.eventsOf('HandleClaimed');
  expect(claimed).toEqual({ key: handleId(FAY.handle), data: { handle: '', name: '', userId: ERASED_USER } });
  expect(
    (
      await site.pool.query(
        "SELECT user_id FROM receipts WHERE queue = 'postgres:commands' GROUP BY user_id ORDER BY user_id",
      )
    ).rows,
  ).toEqual([{ user_id: ERASED_USER }, { user_id: 'ben' }]);
  expect((await site.pool.query('SELECT source, payload, reason FROM dead_letters ORDER BY id')).rows).toEqual([
    {
      source: 'projection:timeline',
      payload: expect.stringMatching(/^\{"erased" : \d+\}$/),
      reason: 'erased with the account that it was about',
    },
    {
      source: 'projection:timeline',
      payload: expect.stringMatching(/^\{"erased" : \d+\}$/),
      reason: 'erased with the account that it was about',
    },
    { source: 'commands', payload: '{"userId":"ben","body":"of ben"}', reason: 'why' },
  ]);
  expect(await site.run('ClaimHandle', FAY.handle, 'gil', { handle: FAY.handle, userId: 'gil', name: 'Gil' })).toBe(
    'HANDLE_RESERVED',
  );
});

test('a command that is decided after the account is gone leaves nothing', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  const [known, later] = newRooms(2);
  await site.inhabit([known!]);
  await site.run('CreateRoom', later!, 'ben', { roomId: later, title: 'Later' });
  await deleteFay(site);
  await until(async () => (await site.eventsOf('MemberErased')).length === 1, 'the known room has heard of it');

  expect(await site.run('SendMessage', known!, FAY.id, { roomId: known, body: 'late secret-zq7' })).toBe(
    'ACCOUNT_DELETED',
  );
  // The other room's partition does not know of the account until an erasure comes there.
  expect(await site.run('JoinRoom', later!, FAY.id, { roomId: later })).toBeNull();
  await until(async () => (await site.eventsOf('MemberErased')).length === 2, 'the other room has, too');
  expect(await site.run('SendMessage', later!, FAY.id, { roomId: later, body: 'late secret-zq7' })).toBe(
    'ACCOUNT_DELETED',
  );
  await until(
    async () => (await tracesIn(site.pool, SECRETS)).every((table) => table !== 'events'),
    'the events are redacted',
  );
  await site.sweep();
  expect(await tracesIn(site.pool, SECRETS)).toEqual([]);

  // Later still, after a sweep: the next sweep finds it.
  expect(await site.run('SendMessage', known!, FAY.id, { roomId: known, body: 'later secret-zq7' })).toBe(
    'ACCOUNT_DELETED',
  );
  expect(await tracesIn(site.pool, SECRETS)).toEqual(['commands']);
  await site.sweep();
  expect(await tracesIn(site.pool, SECRETS)).toEqual([]);
  await site.pool.query("UPDATE erased_accounts SET erased_at = now() - interval '2 days'");
  expect([await site.sweep(), await site.erasure.pending(), await site.sweep()]).toEqual([1, 0, 0]);
});

test.each(['eraseUser', 'eraseMessages', 'eraseHandle'] as const)(
  'a crash before %s, and one before the checkpoint, give the result of none',
  async (where) => {
    await using site = await openSite();
    const crashes = { [where]: 1, write: 3 };
    const crash = (what: string): void => {
      if ((crashes[what] ?? 0) > 0) {
        crashes[what]!--;
        throw new Error('the process is gone');
      }
    };
    const rooms = newRooms(3);
    await using _ = await site.start({
      erasure: {
        ...site.erasure,
        async [where](...parameters: never[]) {
          crash(where);
          const real: (...all: never[]) => Promise<void> = site.erasure[where];
          await real(...parameters);
        },
      },
      checkpoints: {
        ...site.checkpoints,
        async write(name, partition, to) {
          if (name === 'erase-accounts') crash('write');
          await site.checkpoints.write(name, partition, to);
        },
      },
    });
    await site.inhabit(rooms);
    await deleteFay(site);
    await until(
      async () => (await tracesIn(site.pool, SECRETS)).every((table) => table !== 'events'),
      'the events are redacted',
    );
    await until(async () => (await site.eventsOf('HandleReleased')).length === 1, 'the handle is released');
    await until(
      async () => (await site.checkpoints.read('erase-accounts', partitionOf(FAY.id, PARTITIONS))) > position(0),
      'the checkpoint has moved',
    );
    expect(crashes).toEqual({ [where]: 0, write: 0 });
    expect(await site.eventsOf('MemberErased')).toHaveLength(rooms.length);
    expect(await site.eventsOf('HandleReleased')).toHaveLength(1);
    await site.sweep();
    expect(await tracesIn(site.pool, SECRETS)).toEqual([]);
  },
);

test('a second run from the first event finds nothing left to do', async () => {
  await using site = await openSite();
  {
    await using _ = await site.start();
    await site.inhabit(newRooms(2));
    await deleteFay(site);
    await until(async () => (await site.eventsOf('HandleReleased')).length === 1, 'the handle is released');
    await until(
      async () => (await tracesIn(site.pool, SECRETS)).every((table) => table !== 'events'),
      'the events are redacted',
    );
  }
  const heads = await site.events.store.heads();
  await site.pool.query('TRUNCATE process_manager_checkpoints');
  await using _ = await site.start();
  await until(async () => {
    const stand = await Promise.all(
      heads.map((_head, partition) => site.checkpoints.read('erase-accounts', partition)),
    );
    return stand[partitionOf(FAY.id, PARTITIONS)]! >= heads[partitionOf(FAY.id, PARTITIONS)]!;
  }, 'every event of the account is answered again');
  expect(await site.events.store.heads()).toEqual(heads);
  expect(await site.events.store.readStream(streamId(`user-${FAY.id}`), 0, 10)).toMatchObject([
    { event: { data: { handle: '' } } },
    { event: { type: 'AccountDeleted' } },
  ]);
});

test('the next owner of a handle keeps it, with any delay of the erasure', async () => {
  await using site = await openSite();
  const gil = { handle: FAY.handle, userId: 'gil', name: 'Gil' };
  {
    await using _ = await site.start({ reserveHandleMs: 0 });
    await site.inhabit([]);
    await deleteFay(site);
    await until(async () => (await site.eventsOf('HandleReleased')).length === 1, 'the handle is released');
    await until(async () => (await site.run('ClaimHandle', gil.handle, gil.userId, gil)) === null, 'it is free again');
  }
  // Like after a crash before the checkpoint: the event is answered again, after the handle has a new owner.
  await site.pool.query('TRUNCATE process_manager_checkpoints');
  let again = 0;
  const eraseHandle: Erasure['eraseHandle'] = (...asked) => site.erasure.eraseHandle(...asked).then(() => void again++);
  await using _ = await site.start({ reserveHandleMs: 0, erasure: { ...site.erasure, eraseHandle } });
  await until(() => again > 0, 'it is answered again');
  expect(await site.eventsOf('HandleClaimed')).toEqual([
    { key: handleId(FAY.handle), data: { handle: '', userId: ERASED_USER, name: '' } },
    { key: gil.handle, data: gil },
  ]);
});

test('a room that is joined during the search for rooms is found by the later join', async () => {
  await using site = await openSite();
  // In another partition: the process manager of the account's is held up.
  let room = roomId(randomUUID());
  while (partitionOf(room, PARTITIONS) === partitionOf(FAY.id, PARTITIONS)) room = roomId(randomUUID());
  const found: boolean[] = [];
  await using _ = await site.start({
    erasure: {
      ...site.erasure,
      async roomsOf(user) {
        const rooms = await site.erasure.roomsOf(user);
        if (found.length > 0) return rooms;
        expect(await site.run('JoinRoom', room, FAY.id, { roomId: room })).toBeNull();
        await until(() => found.length > 0, 'the join comes past');
        return rooms;
      },
      async among(users) {
        const erased = await site.erasure.among(users);
        if (users.includes(FAY.id)) found.push(erased.has(FAY.id));
        return erased;
      },
    },
  });
  await site.inhabit([]);
  await site.run('CreateRoom', room, 'ben', { roomId: room, title: 'Room' });
  expect(await deleteFay(site)).toBeNull();
  await until(() => found.length > 0, 'the join has come past');
  expect(found[0]).toBe(true);
  await until(async () => (await site.eventsOf('MemberErased')).length === 1, 'the room has heard of it');
});

test('the record of an operator stays without the operator', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  await site.inhabit(newRooms(1));
  const actions = postgresOperatorActions(site.pool);
  const asked = { via: 'api', kind: 'REBUILD', target: 'rooms', input: {} } as const;
  for (const operator of [FAY.id, userId('ben')])
    await actions.begin({ ...asked, operator, commandId: commandId(randomUUID()) }, 'requested', 'a test');
  await deleteFay(site);
  await until(async () => (await site.eventsOf('MemberErased')).length === 1, 'the room has heard of it');
  expect(await site.sweep()).toBe(1);
  expect(await actions.list({ target: null, before: null, limit: 10 })).toMatchObject([
    { operator: 'ben', kind: 'REBUILD', target: 'rooms' },
    { operator: ERASED_USER, kind: 'REBUILD', target: 'rooms' },
  ]);
});

test('the reason of a parked key is erased in kept generations, also in later ones', async () => {
  await using site = await openSite();
  await using _ = await site.start();
  await site.inhabit(newRooms(1));
  await eraseFay(site);
  /** A generation that a swap has kept, with a key that is parked behind a dead letter about this user. */
  const keepParked = async (space: string, place: number, author: string, reason: string) => {
    const payload = JSON.stringify({ type: 'MessagePosted', data: { authorId: author } });
    await site.deadLetters.add({ source: 'projection:timeline', partition: 0, place, key: null, reason, payload });
    await site.pool.query(`CREATE SCHEMA ${space}; CREATE TABLE ${space}.parked_keys (LIKE parked_keys INCLUDING ALL)`);
    await site.pool.query(
      `INSERT INTO ${space}.parked_keys (name, version, partition, key, position, letter, reason, since)
       SELECT 'timeline', 1, 0, 'room', $1, id, reason, now() FROM dead_letters WHERE place = $1`,
      [place],
    );
  };
  const reasons = async (space: string) =>
    (await site.pool.query<{ reason: string }>(`SELECT reason FROM ${space}.parked_keys`)).rows.map(
      ({ reason }) => reason,
    );

  await keepParked('madang_before', 1, FAY.id, 'because of secret-zq7');
  await keepParked('madang_of_ben', 2, 'ben', 'because of ben');
  expect(await site.sweep()).toBe(1);
  expect(await tracesIn(site.pool, SECRETS)).toEqual([]);
  expect(await reasons('madang_before')).toEqual(['erased with the account that it was about']);
  expect(await reasons('madang_of_ben')).toEqual(['because of ben']);

  await keepParked('madang_later', 3, FAY.id, 'because of secret-zq7');
  expect(await site.sweep()).toBe(1);
  expect(await reasons('madang_later')).toEqual(['erased with the account that it was about']);
});

test('messages are erased in steps: each of the user’s up to a place, no others', async () => {
  await using site = await openSite();
  const [room] = newRooms(1);
  const partition = partitionOf(room!, PARTITIONS);
  // Every third is Fay's: also the first of the second step, which is 5002, since the first event is another room's.
  const count = 10_001;
  await site.pool.query(
    `INSERT INTO events (partition, position, key, stream, version, type, schema, data, command_id, trace_id, at)
     SELECT $1, n, CASE n WHEN 1 THEN 'elsewhere' ELSE $2 END, 'room-' || $2, n, 'MessagePosted', 1,
       jsonb_build_object('roomId', $2::text, 'seq', n, 'authorId', CASE
         WHEN n % 3 = 1 THEN $3 ELSE 'ben' END, 'body', 'secret'),
       gen_random_uuid(), repeat('0', 32), now()
     FROM generate_series(1, $4::integer) AS n`,
    [partition, room, FAY.id, count],
  );
  const left = async () =>
    (
      await site.pool.query<{ at: number }>(
        `SELECT position::integer AS at FROM events WHERE data ->> 'authorId' = $1 ORDER BY position`,
        [FAY.id],
      )
    ).rows.map(({ at }) => at);
  const all = await left();
  await site.erasure.eraseMessages({ partition, roomId: room!, upTo: position(9_997) }, FAY.id);
  expect(await left()).toEqual([1, 10_000]);
  const { rows } = await site.pool.query<{ erased: number; others: number }>(
    `SELECT count(*) FILTER (WHERE data ->> 'authorId' = $1 AND data ->> 'body' = '')::integer AS erased,
       count(*) FILTER (WHERE data ->> 'authorId' = 'ben' AND data ->> 'body' = 'secret')::integer AS others
         FROM events`,
    [ERASED_USER],
  );
  expect(rows[0]).toEqual({ erased: all.length - 2, others: count - all.length });
});

test('every table has a rule for erasure', async () => {
  await using site = await openSite();
  const { rows } = await site.pool.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' " +
      "AND table_type = 'BASE TABLE'",
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(STORED.tables).sort());
});
