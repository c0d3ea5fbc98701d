import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { until } from '../support/conditions.js';
import type { WireAction } from '../support/console.js';
import { ACTION, act, actionOf, adminQuery, countsOf, ended, sendAction } from '../support/console.js';
import { runCli } from '../support/cli.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import { asAdmin, createCampaign, through } from '../support/gifticons.js';
import type { MadangProcess } from '../support/madang.js';
import type { WireUser } from '../support/wire.js';
import { codeOf, commanded, signInOnWire } from '../support/wire.js';

// The console's part of the API, on two processes of one deployment: `all` has every role, `api` serves alone.

const START_MS = 120_000;
let deployment: Deployment;
let all: MadangProcess;
let api: MadangProcess;
let pool: pg.Pool;
let mina: WireUser;
/** Through the process that has no other role. */
let admin: WireUser;

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  all = await deployment.start();
  api = await deployment.start({ MADANG_ROLES: 'api' });
  pool = new pg.Pool({ connectionString: deployment.env.DATABASE_URL!, max: 2 });
  mina = await signInOnWire(all.url, 'mina');
  admin = await asAdmin(deployment, await signInOnWire(api.url, 'boss'));
}, START_MS);
afterAll(async () => {
  await pool?.end();
  await api?.stop();
  await all?.stop();
  await deployment?.[Symbol.asyncDispose]();
});

async function room(title: string, ...bodies: readonly string[]): Promise<string> {
  const roomId = (await commanded(mina, 'createRoom', { title }, 'PROJECTED')).room!.id;
  for (const body of bodies) await commanded(mina, 'sendMessage', { roomId, body }, 'PROJECTED');
  return roomId;
}

const newest = async (target: string): Promise<WireAction> =>
  (
    await adminQuery<{ actions: { nodes: WireAction[] } }>(
      admin,
      `actions(target: $target, first: 1) { nodes { ${ACTION} } }`,
      { target },
      '($target: String!)',
    )
  ).actions.nodes[0]!;

test('a user gets null, and no action', async () => {
  const user = through(api.url, mina);
  expect((await user.ask('{ admin { readModels { name } } }')).data).toEqual({ admin: null });
  expect(codeOf(await sendAction(user, 'adminRebuildReadModel', { name: 'rooms' }))).toBe('FORBIDDEN');
  const { rows } = await pool.query("SELECT FROM operator_actions WHERE operator <> 'operator'");
  expect(rows).toEqual([]);
});

describe('rooms', () => {
  interface Entry {
    readonly position: string;
    readonly type: string;
    readonly data: string;
  }
  const logOf = async (id: string, args: string, variables: Record<string, unknown> = {}, declared = '') =>
    (
      await adminQuery<{ room: { log: { entries: Entry[]; hasMore: boolean } } }>(
        admin,
        `room(id: $id) { log(${args}) { hasMore entries { position type data } } }`,
        { id, ...variables },
        `($id: ID!${declared})`,
      )
    ).room.log;

  test('are found by a part of the title, page by page', async () => {
    const ids = [await room('Harbour one'), await room('harbour TWO'), await room('100% other')];
    const find = (title: string, args = '') =>
      adminQuery<{ rooms: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }>(
        admin,
        `rooms(title: $title, first: 1${args}) {
          nodes { id createdBy { handle } heat { state } } pageInfo { hasNextPage endCursor } }`,
        { title },
        '($title: String!)',
      );
    const first = (await find('HARBOUR')).rooms;
    expect(first).toMatchObject({
      nodes: [{ id: ids[1], createdBy: { handle: 'mina' }, heat: { state: 'NORMAL' } }],
      pageInfo: { hasNextPage: true },
    });
    const { rooms } = await find('harbour', `, after: "${first.pageInfo.endCursor}"`);
    expect([rooms.nodes.map(({ id }) => id), rooms.pageInfo.hasNextPage]).toEqual([[ids[0]], false]);
    expect((await find('0% o')).rooms.nodes.map(({ id }) => id)).toEqual([ids[2]]);
    expect((await find('_arbour')).rooms.nodes).toEqual([]);
  });

  test('show their log newest first, and go on in both directions', async () => {
    const id = await room('a log', 'one', 'two', 'three');
    const { entries, hasMore } = await logOf(id, 'first: 2');
    expect(entries.map(({ type, data }) => [type, (JSON.parse(data) as { body: string }).body])).toEqual([
      ['MessagePosted', 'three'],
      ['MessagePosted', 'two'],
    ]);
    expect(hasMore).toBe(true);
    const at = { at: entries[1]!.position };
    const before = await logOf(id, 'before: $at', at, ', $at: Position!');
    expect([before.entries.map(({ type }) => type), before.hasMore]).toEqual([
      ['MessagePosted', 'MemberJoined', 'RoomCreated'],
      false,
    ]);
    const after = await logOf(id, 'after: $at', at, ', $at: Position!');
    expect(after.entries.map(({ data }) => (JSON.parse(data) as { body: string }).body)).toEqual(['three']);
  });

  test('show nothing of a deleted account, at once', async () => {
    const id = await room('with a guest');
    const guest = await signInOnWire(all.url, 'guest');
    await commanded(guest, 'joinRoom', { roomId: id }, 'PROJECTED');
    await commanded(guest, 'sendMessage', { roomId: id, body: 'my secret' }, 'PROJECTED');
    expect(JSON.stringify(await logOf(id, 'first: 10'))).toContain('my secret');
    await commanded(guest, 'deleteAccount', {}, 'PROJECTED');
    await until(async () => !JSON.stringify(await logOf(id, 'first: 10')).includes('my secret'), 'the text to be gone');
  });

  test('are made hot and left to the counts again, once for each commandId', async () => {
    const roomId = await room('hot');
    const commandId = randomUUID();
    const input = { commandId, roomId, state: 'HOT', seconds: 600 };
    const { action } = await act(admin, 'adminSetRoomHeat', input);
    expect(action).toMatchObject({
      kind: 'SET_HEAT',
      target: roomId,
      by: { handle: 'boss' },
      state: 'SUCCEEDED',
      counts: [{ name: 'rooms', value: 1 }],
    });
    const heatOf = () =>
      adminQuery<{
        room: { heat: { state: string; by: string; until: string } };
        hottestRooms: { isDecided: boolean; rooms: { id: string }[] };
      }>(
        admin,
        'room(id: $id) { heat { state by until } } hottestRooms { isDecided rooms { id } }',
        { id: roomId },
        '($id: ID!)',
      );
    const { room: hot, hottestRooms } = await heatOf();
    expect(hot.heat).toMatchObject({ state: 'HOT', by: 'OVERRIDE' });
    expect(hottestRooms).toMatchObject({ isDecided: true, rooms: [{ id: roomId }] });

    // The same again changes nothing, also through another server; another action under this id is refused.
    expect((await act(through(all.url, admin), 'adminSetRoomHeat', input)).action).toEqual(action);
    expect((await heatOf()).room.heat.until).toBe(hot.heat.until);
    const other = await sendAction(admin, 'adminSetRoomHeat', { ...input, state: 'NORMAL' });
    expect(other.errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'commandId' });

    const cleared = await act(admin, 'adminClearRoomHeat', { roomId });
    expect([cleared.preview, countsOf(cleared.action!.counts)]).toEqual([{ overrides: 1 }, { overrides: 1 }]);
    await until(async () => (await heatOf()).room.heat.state === 'NORMAL', 'the counts to decide');
    expect(codeOf(await sendAction(admin, 'adminClearRoomHeat', { roomId: randomUUID() }))).toBe('NOT_FOUND');
  });

  test('an override of the command-line tool is in the record, without a user', async () => {
    const roomId = await room('by the tool');
    expect((await runCli(deployment.env, 'heat', 'set', roomId, '--for', '10m')).code).toBe(0);
    expect(await newest(roomId)).toMatchObject({ kind: 'SET_HEAT', by: null, state: 'SUCCEEDED' });
    expect((await runCli(deployment.env, 'heat', 'clear', roomId)).code).toBe(0);
    expect(await newest(roomId)).toMatchObject({ kind: 'CLEAR_HEAT', result: 'the counts decide again' });
  });
});

describe('read models', () => {
  interface ReadModel {
    readonly name: string;
    readonly state: string;
    readonly lag: number;
    readonly head: number;
    readonly keptVersion: number | null;
    readonly rebuild: { readonly running: boolean; readonly phase: string } | null;
  }
  const readModel = async (name: string): Promise<ReadModel> =>
    (
      await adminQuery<{ readModel: ReadModel }>(
        admin,
        'readModel(name: $name) { name state lag head keptVersion rebuild { running phase done total } }',
        { name },
        '($name: String!)',
      )
    ).readModel;

  test('are listed with their places', async () => {
    const { readModels } = await adminQuery<{ readModels: (ReadModel & { partitions: { head: number }[] })[] }>(
      admin,
      'readModels { name store state version programVersion lag head parkedCount ' +
        'partitions { partition position head lag } }',
    );
    expect(readModels.map(({ name }) => name).toSorted()).toEqual([
      'campaigns',
      'members',
      'read-positions',
      'recent-timeline',
      'rooms',
      'timeline',
      'unread',
      'users',
    ]);
    for (const each of readModels) {
      expect(each).toMatchObject({ state: 'LIVE', parkedCount: 0 });
      expect(each.head).toBe(each.partitions.reduce((sum, { head }) => sum + head, 0));
    }
  });

  test('are rebuilt, rolled back and verified, and the counts said first are true', async () => {
    await room('to be rebuilt', 'one', 'two');
    const head = (await readModel('rooms')).head;
    const dry = await act(admin, 'adminRebuildReadModel', { name: 'rooms', dryRun: true });
    expect(dry).toEqual({ preview: { events: head, generationsDropped: 0 }, action: null });

    const asked = await act(admin, 'adminRebuildReadModel', { name: 'rooms', commandId: randomUUID() });
    expect(['REQUESTED', 'RUNNING', 'SUCCEEDED']).toContain(asked.action!.state);
    expect(await ended(admin, asked)).toMatchObject({ state: 'SUCCEEDED', counts: [{ name: 'events', value: head }] });
    expect(await readModel('rooms')).toMatchObject({ state: 'LIVE', keptVersion: expect.any(Number) });

    const verified = await ended(admin, await act(admin, 'adminVerifyReadModel', { name: 'rooms' }));
    const { rows } = await pool.query<{ rooms: number }>('SELECT count(*)::int AS rooms FROM rooms');
    expect(verified).toMatchObject({
      state: 'SUCCEEDED',
      verifications: [{ readModel: 'rooms', equal: true, rows: rows[0]!.rooms }],
    });
    expect(verified.verifications[0]!.positions.reduce((sum, at) => sum + at, 0)).toBe(head);

    expect((await act(admin, 'adminRollBackReadModel', { name: 'rooms', dryRun: true })).preview).toEqual({
      events: 0,
      generations: 1,
    });
    expect(await ended(admin, await act(admin, 'adminRollBackReadModel', { name: 'rooms' }))).toMatchObject({
      state: 'SUCCEEDED',
    });
    const dropped = await act(admin, 'adminDropKeptReadModel', { name: 'rooms' });
    expect([dropped.preview, countsOf((await ended(admin, dropped)).counts)]).toEqual([
      { generations: 1 },
      { generations: 1 },
    ]);
    const again = await ended(admin, await act(admin, 'adminRollBackReadModel', { name: 'rooms' }));
    expect(again).toMatchObject({ state: 'FAILED', message: expect.stringContaining('nothing is kept of rooms') });
  }, 60_000);

  test('a difference is found, and is in the proof', async () => {
    await room('to be altered');
    await pool.query("UPDATE rooms SET title = 'another' WHERE title = 'to be altered'");
    const verified = await ended(admin, await act(admin, 'adminVerifyReadModel', { name: 'rooms' }));
    expect(verified).toMatchObject({
      state: 'SUCCEEDED',
      counts: expect.arrayContaining([{ name: 'differences', value: 1 }]) as unknown,
      verifications: [{ equal: false }],
    });
    await ended(admin, await act(admin, 'adminRebuildReadModel', { name: 'rooms' }));
    const mended = await ended(admin, await act(admin, 'adminVerifyReadModel', { name: 'rooms' }));
    expect(mended.verifications[0]!.equal).toBe(true);
  }, 60_000);

  test('a rebuild whose process stops is interrupted, and is abandoned or goes on', async () => {
    // A long transaction keeps the live tables from being swapped.
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE users IN ACCESS SHARE MODE');
    const input = { name: 'users', commandId: randomUUID() };
    try {
      const asked = await act(admin, 'adminRebuildReadModel', input);
      await until(
        async () => (await actionOf(admin, asked.action!.commandId)).progress?.phase === 'swapping',
        'the rebuild to be at the swap',
      );
      expect((await readModel('users')).rebuild).toMatchObject({ running: true });
      // The command-line tool works under the same lock.
      const refused = await runCli(deployment.env, 'projections', 'rebuild', 'users', '--yes');
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringContaining('users is being worked on by madang'),
      ]);
      expect(await newest('users')).toMatchObject({ by: null, state: 'FAILED' });

      await all.stop();
      expect(await actionOf(admin, input.commandId)).toMatchObject({ state: 'INTERRUPTED' });
      expect((await readModel('users')).rebuild).not.toBeNull();
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
      all = await deployment.start();
      mina = through(all.url, mina);
    }
    // The same commandId does not begin it again.
    expect((await act(admin, 'adminRebuildReadModel', input)).action).toMatchObject({ state: 'INTERRUPTED' });
    const abandoned = await act(admin, 'adminAbandonRebuild', { name: 'users' });
    expect([abandoned.preview, countsOf((await ended(admin, abandoned)).counts)]).toEqual([
      { generations: 1 },
      { generations: 1 },
    ]);
    expect((await readModel('users')).rebuild).toBeNull();
    const next = await ended(admin, await act(admin, 'adminRebuildReadModel', { name: 'users' }));
    expect(next).toMatchObject({ state: 'SUCCEEDED' });
  }, 90_000);

  test('another name is refused', async () => {
    const { errors } = await sendAction(admin, 'adminVerifyReadModel', { name: 'room' });
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field: 'name' } });
  });
});

describe('dead letters', () => {
  interface Letter {
    readonly id: string;
    readonly key: string;
    readonly state: string;
    readonly tries: number;
    readonly requestedAt: string | null;
    readonly waitingBehind: number;
  }
  interface Letters {
    readonly deadLetterCount: number;
    readonly deadLetters: { readonly nodes: readonly Letter[] };
    readonly parkedKeys: { readonly nodes: readonly { readonly key: string; readonly deadLetterId: string }[] };
  }
  const source = 'projection:timeline';
  const letters = (closed = false): Promise<Letters> =>
    adminQuery(
      admin,
      `deadLetterCount(source: $source) deadLetters(source: $source, closed: ${closed}) {
        nodes { id key state tries requestedAt waitingBehind } }
        parkedKeys(readModel: "timeline") { nodes { key deadLetterId } }`,
      { source },
      '($source: String!)',
    );
  const answered = async (): Promise<Letters> => {
    await until(
      async () => (await letters(true)).deadLetters.nodes.every(({ requestedAt }) => requestedAt === null),
      'projectors to answer',
    );
    return letters();
  };

  test('are retried and dropped in batches, and the counts said first are true', async () => {
    await pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.body LIKE 'poison%' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '22023'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const rooms = [];
    for (const n of [1, 2, 3]) rooms.push(await room(`poisoned ${n}`, 'poison', 'after it', 'and this'));
    const { deadLetterCount, deadLetters, parkedKeys } = await letters();
    expect(deadLetterCount).toBe(3);
    expect(deadLetters.nodes.map(({ key, waitingBehind }) => [key, waitingBehind])).toEqual(
      rooms.map((key) => [key, 2]),
    );
    expect(parkedKeys.nodes.map(({ key }) => key).toSorted()).toEqual(rooms.toSorted());

    const dry = await act(admin, 'adminRetryDeadLetters', { source, dryRun: true });
    expect(dry).toEqual({ preview: { letters: 3, events: 6, keys: 3 }, action: null });
    const input = { source, expected: 3, commandId: randomUUID() };
    const { action } = await act(admin, 'adminRetryDeadLetters', input);
    expect(action).toMatchObject({ kind: 'RETRY_DEAD_LETTERS', target: source, state: 'SUCCEEDED' });
    expect(countsOf(action!.counts)).toMatchObject({ letters: 3 });
    expect((await answered()).deadLetters.nodes.map(({ tries }) => tries)).toEqual([1, 1, 1]);
    // Once for each commandId.
    expect((await act(admin, 'adminRetryDeadLetters', input)).action).toEqual(action);
    expect((await answered()).deadLetters.nodes.map(({ tries }) => tries)).toEqual([1, 1, 1]);

    const ids = deadLetters.nodes.map(({ id }) => id);
    const changed = await sendAction(admin, 'adminDropDeadLetters', { ids: ids.slice(0, 1), expected: 2 });
    expect(changed.errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'expected' });
    const dropped = await act(admin, 'adminDropDeadLetters', { ids: ids.slice(0, 1), expected: 1 });
    expect(dropped.preview).toEqual({ letters: 1, events: 2, keys: 1 });
    expect(countsOf(dropped.action!.counts)).toEqual({ letters: 1 });
    expect((await answered()).deadLetters.nodes.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(await bodiesOf(rooms[0]!)).toEqual(['after it', 'and this']);

    await pool.query('DROP TRIGGER refuse ON messages');
    await act(admin, 'adminRetryDeadLetters', { ids });
    expect((await answered()).deadLetters.nodes).toEqual([]);
    expect(await bodiesOf(rooms[1]!)).toEqual(['poison', 'after it', 'and this']);
    expect((await letters()).parkedKeys.nodes).toEqual([]);
  }, 60_000);

  const bodiesOf = async (roomId: string): Promise<readonly string[]> => {
    const sql = 'SELECT body FROM messages WHERE room_id = $1 ORDER BY seq';
    return (await pool.query<{ body: string }>(sql, [roomId])).rows.map(({ body }) => body);
  };

  test.each([
    ['neither letters nor a source', {}, 'ids'],
    ['both', { ids: ['1'], source }, 'ids'],
    ['no letters', { ids: [] }, 'ids'],
    ['a word', { ids: ['one'] }, 'ids'],
    ['too many', { ids: Array.from({ length: 1_001 }, (_, n) => `${n + 1}`) }, 'ids'],
  ])('%s is refused', async (_what, input, field) => {
    const { errors } = await sendAction(admin, 'adminDropDeadLetters', input);
    expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });
});

describe('campaigns', () => {
  const RECEIPT = 'receipt { commandId status rejection { code } }';
  interface Payload {
    readonly receipt: { readonly status: string; readonly rejection: { readonly code: string } | null };
    readonly campaign: { readonly paused: boolean; readonly stock: number } | null;
  }
  const send = (mutation: string, type: string, input: Record<string, unknown>) =>
    admin.ask<Record<string, Payload>>(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${RECEIPT} campaign { paused stock } } }`,
      { input },
    );
  const sent = async (mutation: string, type: string, input: Record<string, unknown>): Promise<Payload> => {
    const { data, text } = await send(mutation, type, input);
    if (!data) throw new Error(`${mutation} answered ${text}`);
    return data[mutation]!;
  };
  const load = (input: Record<string, unknown>) => send('adminLoadGifticonCodes', 'AdminLoadGifticonCodesInput', input);

  test('are listed, paused and resumed', async () => {
    const { id } = await createCampaign(admin, { title: 'Tea', stock: 2 });
    await until(async () => (await campaign(id)) !== null, 'the campaign in the read model');
    expect(await campaign(id)).toMatchObject({
      generated: 2,
      live: { title: 'Tea', stock: 2, paused: false, queued: 0 },
    });
    expect(await sent('adminPauseCampaign', 'AdminCampaignInput', { campaignId: id })).toMatchObject({
      receipt: { status: 'SUCCEEDED' },
    });
    await until(async () => (await campaign(id))?.live.paused === true, 'the pause to be seen');
    await sent('adminResumeCampaign', 'AdminCampaignInput', { campaignId: id });
    await until(async () => (await campaign(id))?.live.paused === false, 'the end of the pause to be seen');
    const missing = await sent('adminPauseCampaign', 'AdminCampaignInput', { campaignId: randomUUID() });
    expect(missing.receipt.rejection?.code).toBe('CAMPAIGN_NOT_FOUND');
  });

  interface Listed {
    readonly id: string;
    readonly generated: number;
    readonly live: {
      readonly title: string;
      readonly stock: number;
      readonly paused: boolean;
      readonly queued: number;
    };
  }
  const campaign = async (id: string): Promise<Listed | null> => {
    const { campaigns } = await adminQuery<{ campaigns: { nodes: Listed[] } }>(
      admin,
      'campaigns(first: 5) { nodes { id generated partition ' +
        'live { title stock paused queued drainRatePerSecond } holdsUp { id } } }',
    );
    return campaigns.nodes.find((each) => each.id === id) ?? null;
  };

  test('get ready-made codes, once for each commandId, and no answer contains one', async () => {
    const { id } = await createCampaign(admin, { title: 'Codes', stock: 1 });
    const input = { campaignId: id, codes: ['SECRET-AAAA-1', ' SECRET-AAAA-2 '], commandId: randomUUID() };
    const first = await load(input);
    expect(first.data!.adminLoadGifticonCodes!.receipt).toMatchObject({ status: 'SUCCEEDED' });
    const again = await load(input);
    expect(again.data!.adminLoadGifticonCodes!.receipt).toEqual(first.data!.adminLoadGifticonCodes!.receipt);
    await until(async () => (await campaign(id))?.live.stock === 3, 'the codes in the stock');
    const twice = await load({ campaignId: id, codes: ['SECRET-BBBB-1', 'SECRET-AAAA-2'] });
    expect(twice.errors[0]).toMatchObject({
      message: 'codes: the campaign has code 2 already; nothing was loaded.',
      extensions: { code: 'BAD_USER_INPUT', field: 'codes' },
    });
    const alike = await load({ campaignId: id, codes: ['SECRET-CCCC-1', 'SECRET-CCCC-1'] });
    expect(codeOf(alike)).toBe('BAD_USER_INPUT');
    expect([first, again, twice, alike].filter(({ text }) => text.includes('SECRET'))).toEqual([]);
    expect(codeOf(await load({ campaignId: randomUUID(), codes: ['SECRET-DDDD-1'] }))).toBe('NOT_FOUND');
    expect((await campaign(id))!.live.stock).toBe(3);
  });
});

test('every process reports its health and its numbers', async () => {
  interface Process {
    readonly answering: boolean;
    readonly roles: readonly string[];
    readonly ready: boolean;
    readonly dependencies: readonly { readonly name: string; readonly up: boolean }[];
    readonly numbers: readonly { readonly name: string; readonly value: number | null }[];
    readonly errors: readonly { readonly code: string; readonly total: number }[];
  }
  const ask = async (): Promise<{ isComplete: boolean; nodes: readonly Process[] }> =>
    (
      await adminQuery<{ processes: { isComplete: boolean; nodes: Process[] } }>(
        admin,
        `processes { isComplete nodes { answering host pid version startedAt at roles ready reasons
          dependencies { name up } numbers { name kind value } errors { code total } } }`,
      )
    ).processes;
  const decided = (nodes: readonly Process[]): number =>
    nodes
      .flatMap(({ numbers }) => numbers)
      .filter(({ name }) => name === 'MESSAGES')
      .reduce((sum, { value }) => sum + (value ?? 0), 0);
  await until(async () => (await ask()).nodes.length === 2, 'both processes to report');
  const before = decided((await ask()).nodes);
  await room('counted', 'one', 'two');
  await until(async () => decided((await ask()).nodes) === before + 2, 'the messages to be counted');
  const { isComplete, nodes } = await ask();
  expect(isComplete).toBe(true);
  expect(nodes.map(({ answering, roles }) => [answering, roles.length])).toEqual([
    [true, 1],
    [false, 5],
  ]);
  for (const { ready, dependencies } of nodes) {
    expect(ready).toBe(true);
    expect(dependencies).toEqual(
      expect.arrayContaining(['postgresql', 'command_log', 'redis'].map((name) => ({ name, up: true }))),
    );
  }
  const heap = nodes[0]!.numbers.find(({ name }) => name === 'HEAP_BYTES')!;
  expect(heap.value).toBeGreaterThan(1_000_000);
  expect(nodes[0]!.errors.find(({ code }) => code === 'BAD_USER_INPUT')!.total).toBeGreaterThan(0);
});

test('the record of actions is read page by page, newest first', async () => {
  const page = (after: string | null) =>
    adminQuery<{ actions: { nodes: WireAction[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }>(
      admin,
      'actions(first: 5, after: $after) { nodes { commandId kind } pageInfo { hasNextPage endCursor } }',
      { after },
      '($after: String)',
    );
  const seen: string[] = [];
  for (let after: string | null = null; ;) {
    const { actions } = await page(after);
    seen.push(...actions.nodes.map(({ commandId }) => commandId));
    if (!actions.pageInfo.hasNextPage) break;
    after = actions.pageInfo.endCursor;
  }
  const { rows } = await pool.query<{ given: string }>(
    'SELECT command_id AS given FROM operator_actions ORDER BY id DESC',
  );
  expect(seen).toEqual(rows.map(({ given }) => given));
});
