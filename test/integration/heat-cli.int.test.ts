import { randomUUID } from 'node:crypto';
import { until } from '../support/conditions.js';
import { startCli } from '../support/cli.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import type { WireUser } from '../support/wire.js';
import { commanded, signInOnWire } from '../support/wire.js';

// The built operator's commands for hot rooms, against a process of one deployment.

const START_MS = 120_000;
let deployment: Deployment;
let madang: MadangProcess;
let mina: WireUser;
let roomId: string;

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  madang = await deployment.start({ HOT_ROOM_ENTER: '30', HOT_ROOM_EXIT: '15' });
  mina = await signInOnWire(madang.url, 'mina');
}, START_MS);
beforeEach(async () => {
  roomId = (await commanded(mina, 'createRoom', { title: '마당' }, 'PROJECTED')).room!.id;
});
afterAll(async () => {
  await madang?.stop();
  await deployment?.[Symbol.asyncDispose]();
});

const start = (args: readonly string[], env: Readonly<Record<string, string>> = deployment.env) =>
  startCli(env, 'heat', ...args);
const run = (...args: string[]) => start(args).ended;

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  if (code !== 0) throw new Error(`heat ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

interface Row {
  readonly roomId: string;
  readonly title: string;
  readonly state: string;
  readonly fetchesPerSecond: number;
  readonly paceMs: number;
  readonly until: string | null;
  readonly by: string;
}
const rowOf = async (room: string): Promise<Row | undefined> =>
  (JSON.parse(await succeed('--json')) as Row[]).find((row) => row.roomId === room);
const heatOf = async (room: string) =>
  (
    await mina.ask<{ room: { heat: { state: string; until: string | null } } }>(
      'query ($id: ID!) { room(id: $id) { heat { state until } } }',
      { id: room },
    )
  ).data!.room.heat;
const turns = (state: string): Promise<void> =>
  until(async () => (await heatOf(roomId)).state === state, `the room to be ${state}`, 5_000);
const fetches = (count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      mina.ask('query ($id: ID!) { room(id: $id) { messages { nodes { seq } } } }', { id: roomId }),
    ),
  );

test('makes a room hot, shows it, and returns it to the counts', async () => {
  expect(await succeed('set', roomId, '--for', '10m')).toMatch(/^마당 is hot until 20\d\d-.*Z\n$/);
  await turns('HOT');
  const row = await rowOf(roomId);
  expect(row).toEqual({
    roomId,
    title: '마당',
    state: 'HOT',
    fetchesPerSecond: 0,
    paceMs: 500,
    until: expect.any(String),
    by: 'override',
  });
  expect(Math.abs(Date.parse(row!.until!) - Date.now() - 600_000)).toBeLessThan(60_000);
  expect((await heatOf(roomId)).until).toBe(row!.until);
  expect(await succeed()).toMatch(
    new RegExp(
      `^room +title +state +fetches/s +pace ms +until +by\\n(?:.*\\n)*${roomId} +마당 +HOT +0 +500 ` +
        `+${row!.until} +override\\n`,
    ),
  );

  expect(await succeed('clear', roomId)).toBe('the counts decide again\n');
  await turns('NORMAL');
  expect(await rowOf(roomId)).toBeUndefined();
  expect(await succeed('clear', roomId)).toBe('nothing was set: the counts decide\n');
});

test('keeps a room from being hot, and shows the counts until it is interrupted', async () => {
  expect(await succeed('set', roomId, '--for', '1h', '--cool')).toMatch(/^마당 is kept from being hot until /);
  const { child, written, ended } = start(['--watch', '--json']);
  const shown = (): readonly (Row | undefined)[] =>
    written.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as Row[]).find((row) => row.roomId === roomId));
  await until(async () => {
    await fetches(60);
    return shown().some((row) => row && row.fetchesPerSecond > 30);
  }, 'a second with more than enough fetches');
  expect(shown().find((row) => row && row.fetchesPerSecond > 30)).toMatchObject({
    state: 'NORMAL',
    paceMs: 0,
    by: 'override',
  });
  expect((await heatOf(roomId)).state).toBe('NORMAL');

  await succeed('clear', roomId);
  await until(async () => {
    await fetches(60);
    return shown().some((row) => row?.state === 'HOT' && row.by === 'counts');
  }, 'the counts to make it hot');
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
});

test('speaks JSON', async () => {
  expect(JSON.parse(await succeed('set', roomId, '--for', '30s', '--json'))).toEqual({
    roomId,
    title: '마당',
    state: 'HOT',
    until: expect.any(String),
  });
  expect(JSON.parse(await succeed('clear', roomId, '--json'))).toEqual({ roomId, cleared: true });
  expect(JSON.parse(await succeed('clear', roomId, '--json'))).toEqual({ roomId, cleared: false });
});

test('an override ends by itself', async () => {
  await succeed('set', roomId, '--for', '1s');
  await until(async () => (await rowOf(roomId)) === undefined, 'it to be over');
  await turns('NORMAL');
});

test.each([
  [['set', 'nowhere', '--for', '10m'], 2, 'nowhere is not the id of a room'],
  [['clear', 'nowhere'], 2, 'nowhere is not the id of a room'],
  [['set', randomUUID(), '--for', '10m'], 2, 'there is no room'],
  [['clear', randomUUID()], 2, 'there is no room'],
  [['set', randomUUID(), '--for', '10'], 2, '--for 10: a number and a unit'],
  [['set', randomUUID(), '--for', '0m'], 2, '--for 0m: a number and a unit'],
  [['--top', '0'], 2, '--top 0: a number from 1 to'],
  [['set', randomUUID()], 2, "required option '--for <time>' not specified"],
])('reports an error in one line: %j', async (args, code, message) => {
  const ran = await run(...args);
  expect([ran.code, ran.stdout]).toEqual([code, '']);
  expect(ran.stderr).toContain(message);
});

test('reports that Redis is away, and that there is no leader', async () => {
  const { code, stdout, stderr } = await start([], { ...deployment.env, REDIS_URL: 'redis://127.0.0.1:1/0' }).ended;
  expect([code, stdout, stderr]).toEqual([
    1,
    '',
    'madang: Redis at 127.0.0.1:1/0 cannot be used (nobody listens there (ECONNREFUSED)): ' +
      'start it, or correct REDIS_URL\n',
  ]);

  await using other = await openDeployment('embedded');
  await using _process = await other.start({ MADANG_ROLES: 'api' });
  const alone = await start([], other.env).ended;
  expect([alone.code, alone.stdout]).toEqual([0, 'no room has many fetches\n']);
  expect(alone.stderr).toMatch(/^no process decides which rooms are hot: is one with the role heat running\?/);
});
