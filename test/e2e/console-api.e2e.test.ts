import { randomUUID } from 'node:crypto';
import { until } from '../support/conditions.js';
import type { WireAction } from '../support/console.js';
import type { ConsoleSite } from '../support/console-site.js';
import { openConsoleSite } from '../support/console-site.js';
import { act, adminQuery, countsOf, sendAction } from '../support/console.js';
import { runCli } from '../support/cli.js';
import { createCampaign, through } from '../support/gifticons.js';
import { codeOf, commanded, signInOnWire } from '../support/wire.js';

// The console's part of the API, on two processes of one deployment: `all` has every role, `api` serves alone.

const START_MS = 120_000;
let site: ConsoleSite;
beforeAll(async () => {
  site = await openConsoleSite();
}, START_MS);
afterAll(() => site?.[Symbol.asyncDispose]());

test('a user gets null, and no action', async () => {
  const user = through(site.api.url, site.mina);
  expect((await user.ask('{ admin { readModels { name } } }')).data).toEqual({ admin: null });
  expect(codeOf(await sendAction(user, 'adminRebuildReadModel', { name: 'rooms' }))).toBe('FORBIDDEN');
  const { rows } = await site.pool.query("SELECT FROM operator_actions WHERE operator <> 'operator'");
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
        site.admin,
        `room(id: $id) { log(${args}) { hasMore entries { position type data } } }`,
        { id, ...variables },
        `($id: ID!${declared})`,
      )
    ).room.log;

  test('are found by a part of the title, page by page', async () => {
    const ids = [await site.room('Harbour one'), await site.room('harbour TWO'), await site.room('100% other')];
    const find = (title: string, args = '') =>
      adminQuery<{ rooms: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }>(
        site.admin,
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
    const id = await site.room('a log', 'one', 'two', 'three');
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
    const id = await site.room('with a guest');
    const guest = await signInOnWire(site.all.url, 'guest');
    await commanded(guest, 'joinRoom', { roomId: id }, 'PROJECTED');
    await commanded(guest, 'sendMessage', { roomId: id, body: 'my secret' }, 'PROJECTED');
    expect(JSON.stringify(await logOf(id, 'first: 10'))).toContain('my secret');
    await commanded(guest, 'deleteAccount', {}, 'PROJECTED');
    await until(async () => !JSON.stringify(await logOf(id, 'first: 10')).includes('my secret'), 'the text to be gone');
  });

  test('are made hot and left to the counts again, once for each commandId', async () => {
    const roomId = await site.room('hot');
    const commandId = randomUUID();
    const input = { commandId, roomId, state: 'HOT', seconds: 600 };
    const { action } = await act(site.admin, 'adminSetRoomHeat', input);
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
        site.admin,
        'room(id: $id) { heat { state by until } } hottestRooms { isDecided rooms { id } }',
        { id: roomId },
        '($id: ID!)',
      );
    const { room: hot, hottestRooms } = await heatOf();
    expect(hot.heat).toMatchObject({ state: 'HOT', by: 'OVERRIDE' });
    expect(hottestRooms).toMatchObject({ isDecided: true, rooms: [{ id: roomId }] });

    // The same again changes nothing, also through another server; another action under this id is refused.
    expect((await act(through(site.all.url, site.admin), 'adminSetRoomHeat', input)).action).toEqual(action);
    expect((await heatOf()).room.heat.until).toBe(hot.heat.until);
    const other = await sendAction(site.admin, 'adminSetRoomHeat', { ...input, state: 'NORMAL' });
    expect(other.errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'commandId' });

    const cleared = await act(site.admin, 'adminClearRoomHeat', { roomId });
    expect([cleared.preview, countsOf(cleared.action!.counts)]).toEqual([{ overrides: 1 }, { overrides: 1 }]);
    await until(async () => (await heatOf()).room.heat.state === 'NORMAL', 'the counts to decide');
    expect(codeOf(await sendAction(site.admin, 'adminClearRoomHeat', { roomId: randomUUID() }))).toBe('NOT_FOUND');
  });

  test('an override of the command-line tool is in the record, without a user', async () => {
    const roomId = await site.room('by the tool');
    expect((await runCli(site.deployment.env, 'heat', 'set', roomId, '--for', '10m')).code).toBe(0);
    expect(await site.newest(roomId)).toMatchObject({ kind: 'SET_HEAT', by: null, state: 'SUCCEEDED' });
    expect((await runCli(site.deployment.env, 'heat', 'clear', roomId)).code).toBe(0);
    expect(await site.newest(roomId)).toMatchObject({ kind: 'CLEAR_HEAT', result: 'the counts decide again' });
  });
});

describe('campaigns', () => {
  const RECEIPT = 'receipt { commandId status rejection { code } }';
  interface Payload {
    readonly receipt: { readonly status: string; readonly rejection: { readonly code: string } | null };
    readonly campaign: { readonly paused: boolean; readonly stock: number } | null;
  }
  const send = (mutation: string, type: string, input: Record<string, unknown>) =>
    site.admin.ask<Record<string, Payload>>(
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
    const { id } = await createCampaign(site.admin, { title: 'Tea', stock: 2 });
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
      site.admin,
      'campaigns(first: 5) { nodes { id generated partition ' +
        'live { title stock paused queued drainRatePerSecond } holdsUp { id } } }',
    );
    return campaigns.nodes.find((each) => each.id === id) ?? null;
  };

  test('get ready-made codes, once for each commandId, and no answer contains one', async () => {
    const { id } = await createCampaign(site.admin, { title: 'Codes', stock: 1 });
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
        site.admin,
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
  await site.room('counted', 'one', 'two');
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
      site.admin,
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
  const { rows } = await site.pool.query<{ given: string }>(
    'SELECT command_id AS given FROM operator_actions ORDER BY id DESC',
  );
  expect(seen).toEqual(rows.map(({ given }) => given));
});
