import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { runCli } from '../support/cli.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';

const PACKAGE = join(process.cwd(), 'package.json');
// The command-line tool's errors for a bad command line, bad settings and servers that cannot be used, for every
// command.

const id = randomUUID();

/** Every command, in a valid form. */
const COMMANDS: readonly (readonly string[])[] = [
  ['token', 'mina'],
  ['projections', 'list'],
  ['projections', 'status', 'rooms'],
  ['projections', 'rebuild', 'rooms', '--yes'],
  ['projections', 'verify', 'rooms'],
  ['projections', 'rollback', 'rooms', '--yes'],
  ['projections', 'drop-old', 'rooms', '--yes'],
  ['projections', 'abandon', 'rooms', '--yes'],
  ['dead', 'list'],
  ['dead', 'show', '1'],
  ['dead', 'retry', '1'],
  ['dead', 'drop', '1'],
  ['dead', 'parked'],
  ['events', 'tail', '--no-follow'],
  ['account', 'delete', 'mina', '--yes'],
  ['campaign', 'create', '--title', 'x', '--stock', '1'],
  ['campaign', 'load', id, PACKAGE],
  ['campaign', 'pause', id],
  ['campaign', 'resume', id],
  ['campaign', 'status'],
  ['heat'],
  ['heat', 'set', id, '--for', '1m'],
  ['heat', 'clear', id],
];

const REDIS_AWAY = 'redis://127.0.0.1:1/3';
/** A few at a time, on a machine that has other work. */
const TOGETHER = 3;

let database: TestDatabase;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url, REDIS_URL: process.env.TEST_REDIS_URL!, MADANG_LOG: 'embedded' };
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
});

async function runAll(commands: readonly (readonly string[])[], settings: Readonly<Record<string, string>>) {
  const ran: {
    readonly args: string;
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }[] = [];
  const rest = [...commands];
  const one = async (): Promise<void> => {
    for (let args = rest.shift(); args; args = rest.shift())
      ran.push({ args: args.join(' '), ...(await runCli(settings, ...args)) });
  };
  await Promise.all(Array.from({ length: TOGETHER }, one));
  return ran;
}

const fails = (args: readonly string[], code: number, stderr: string | RegExp) => ({
  args: args.join(' '),
  code,
  stdout: '',
  stderr: stderr instanceof RegExp ? (expect.stringMatching(stderr) as string) : stderr,
});

const byCommand = <T extends { readonly args: string }>(all: readonly T[]): readonly T[] =>
  all.toSorted((a, b) => a.args.localeCompare(b.args));

/** Takes connections and sends nothing. */
async function silentServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('commands name a PostgreSQL that refuses, and its setting; verify ends with 2', async () => {
  const ran = await runAll(COMMANDS, { ...env, DATABASE_URL: 'postgres://ann:secret@127.0.0.1:1/madang' });
  const said =
    'madang: PostgreSQL at 127.0.0.1:1/madang cannot be used (connect ECONNREFUSED 127.0.0.1:1): ' +
    'start it, or correct DATABASE_URL\n';
  expect(byCommand(ran)).toEqual(byCommand(COMMANDS.map((args) => fails(args, args[1] === 'verify' ? 2 : 1, said))));
}, 120_000);

test('a server that takes the connection and stays silent counts as one that refuses', async () => {
  const silent = await silentServer();
  try {
    const ran = await runCli(
      { ...env, DATABASE_URL: `postgres://ann:secret@127.0.0.1:${silent.port}/madang` },
      'projections',
      'list',
    );
    expect(ran).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `madang: PostgreSQL at 127.0.0.1:${silent.port}/madang cannot be used (it does not answer): ` +
        'start it, or correct DATABASE_URL\n',
    });
  } finally {
    await silent.close();
  }
});

test('every command refuses unknown settings, before it connects', async () => {
  const ran = await runAll(COMMANDS, { ...env, MADANG_COLOUR: 'red' });
  expect(byCommand(ran)).toEqual(
    byCommand(
      COMMANDS.map((args) =>
        fails(args, 2, 'madang: the settings cannot be used:\n  - MADANG_COLOUR: no such setting\n'),
      ),
    ),
  );
}, 120_000);

test('an unknown command, bad words or values end with 2 and do nothing', async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^Usage: madang/],
    [['nope'], /unknown command 'nope'/],
    [['projections', 'lists'], /unknown command 'lists'/],
    [['token'], /missing required argument 'handle'/],
    [['token', 'mina', 'jun'], /too many arguments/],
    [['token', 'mina', '--nope'], /unknown option '--nope'/],
    [['token', 'no handle'], /Write 1 to 30/],
    [['token', 'mina', '--role', 'king'], /--role king/],
    [['projections', 'rebuild', 'rooms'], /There is no terminal to ask on: add --yes/],
    [['dead', 'retry', '--all', '--wait', 'long'], /--wait long: a whole number of seconds/],
    [['dead', 'drop', '1', '--wait', '-1'], /--wait -1: a whole number of seconds/],
    [['dead', 'show', 'first'], /first is not the number of a letter/],
    [['campaign', 'status', 'xmas'], /xmas is not the id of a campaign/],
    [['campaign', 'create', '--title', 'x', '--stock', 'many'], /--stock many: must be a whole number/],
    [['heat', 'set', 'hall', '--for', '1m'], /hall is not the id of a room/],
  ];
  await using fresh = await createTestDatabase();
  await openDeployment(fresh.pool, 1, 1);
  const ran = await runAll(
    wrong.map(([args]) => args),
    { ...env, DATABASE_URL: fresh.url },
  );
  expect(byCommand(ran)).toEqual(byCommand(wrong.map(([args, stderr]) => fails(args, 2, stderr))));
  expect(await fresh.pool.query('SELECT FROM commands')).toMatchObject({ rowCount: 0 });
}, 120_000);

test('unknown names exit with 2 and a hint to the right ones', async () => {
  await using fresh = await createTestDatabase();
  await openDeployment(fresh.pool, 1, 1);
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['projections', 'status', 'nope'], /there is no read model nope: there are users, rooms/],
    ...['rebuild', 'verify', 'rollback', 'drop-old', 'abandon'].map((name): readonly [readonly string[], RegExp] => [
      ['projections', name, 'nope', ...(name === 'verify' ? [] : ['--yes'])],
      /there is no read model nope: there are users, rooms/,
    ]),
    [
      ['dead', 'list', '--source', 'projection:nope'],
      /there is no source projection:nope: there are .*postgres:commands.*projection:rooms/,
    ],
    [['dead', 'show', '7'], /there is no letter 7/],
    [['events', 'tail', '--no-follow', '--room', id], /there is no event of a room/],
    [['events', 'tail', '--no-follow', '--from', 'nope'], /not a position of this deployment/],
    [['account', 'delete', 'nobody', '--yes'], /nobody is no known handle or id/],
    [['campaign', 'status', id], /there is no campaign/],
    [['campaign', 'load', id, PACKAGE], /there is no campaign/],
    [['heat', 'set', id, '--for', '1m'], /there is no room/],
    [['heat', 'clear', id], /there is no room/],
  ];
  const ran = await runAll(
    wrong.map(([args]) => args),
    { ...env, DATABASE_URL: fresh.url },
  );
  expect(byCommand(ran)).toEqual(byCommand(wrong.map(([args, stderr]) => fails(args, 2, stderr))));
  const none = await runCli({ ...env, DATABASE_URL: fresh.url }, 'dead', 'list', '--source', 'kafka:gifticon.requests');
  expect(none).toMatchObject({ code: 0, stdout: 'no letter waits\n' });
}, 120_000);

describe('a database that no process of this version has prepared', () => {
  const tables = async ({ pool }: TestDatabase): Promise<number> =>
    (await pool.query("SELECT FROM pg_tables WHERE schemaname = 'public'")).rowCount!;
  const list = (url: string) => runCli({ ...env, DATABASE_URL: url }, 'projections', 'list');

  test('is left as it is: empty', async () => {
    await using empty = await createTestDatabase();
    await empty.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    expect(await list(empty.url)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'madang: this database holds no deployment of Madang: correct DATABASE_URL, or start a process on it first\n',
    });
    expect(await tables(empty)).toBe(0);
  });

  test('is left as it is: with tables, and no deployment', async () => {
    expect(await list(database.url)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds no deployment of Madang') as string,
    });
    expect((await database.pool.query('SELECT FROM settings')).rowCount).toBe(0);
  });

  test('is left as it is: of an older version', async () => {
    await using older = await createTestDatabase();
    await openDeployment(older.pool, 1, 1);
    const { rows } = await older.pool.query<{ name: string }>(
      'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) ' +
        'FROM _prisma_migrations) RETURNING migration_name AS name',
    );
    expect(await list(older.url)).toMatchObject({
      code: 1,
      stderr:
        `madang: the database lacks migration ${rows[0]!.name}, which this program needs: ` +
        'start a process of this version first, or use the bin/madang of the version that runs\n',
    });
    expect(
      (await older.pool.query('SELECT FROM _prisma_migrations WHERE migration_name = $1', [rows[0]!.name])).rowCount,
    ).toBe(0);
  });

  test('is refused: of a newer version, and of another program', async () => {
    await using other = await createTestDatabase();
    await openDeployment(other.pool, 1, 1);
    await other.pool.query(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', " +
        "'29990101000000_future', now())",
    );
    expect(await list(other.url)).toMatchObject({
      code: 1,
      stderr:
        'madang: the database has migration 29990101000000_future, which this program does not know: ' +
        'start a newer version of it\n',
    });
    await other.pool.query("DELETE FROM _prisma_migrations WHERE id <> 'x'");
    expect(await list(other.url)).toMatchObject({
      code: 1,
      stderr:
        'madang: the database has migration 29990101000000_future of another program: ' +
        'give Madang a database of its own, and name it in DATABASE_URL\n',
    });
  });
});

test('an absent Redis is named, with its setting; other work goes on without numbers', async () => {
  await using fresh = await createTestDatabase();
  await openDeployment(fresh.pool, 1, 1);
  const away = { ...env, DATABASE_URL: fresh.url, REDIS_URL: REDIS_AWAY };
  const said =
    'madang: Redis at 127.0.0.1:1/3 cannot be used (nobody listens there (ECONNREFUSED)): ' +
    'start it, or correct REDIS_URL\n';
  const need: readonly (readonly [readonly string[], number])[] = [
    [['heat'], 1],
    [['dead', 'parked'], 1],
    [['projections', 'rebuild', 'unread', '--yes'], 1],
    [['projections', 'rollback', 'recent-timeline', '--yes'], 1],
    [['projections', 'drop-old', 'unread', '--yes'], 1],
  ];
  const commands = need.map(([args]) => args);
  // The last one by itself: commands that run side by side must not find the same read model being worked on.
  const ran = [...(await runAll(commands.slice(0, -1), away)), ...(await runAll(commands.slice(-1), away))];
  expect(byCommand(ran)).toEqual(byCommand(need.map(([args, code]) => fails(args, code, said))));
  const { code, stdout } = await runCli(away, 'projections', 'list', '--json');
  const listed = (
    JSON.parse(stdout) as readonly {
      readonly name: string;
      readonly lag: number | null;
      readonly live: boolean | null;
    }[]
  ).map(({ name, lag, live }) => [name, lag, live]);
  expect([code, listed]).toEqual([
    0,
    expect.arrayContaining([
      ['rooms', 0, true],
      ['unread', null, null],
    ]),
  ]);
  expect((await runCli(away, 'projections', 'status', 'unread')).stdout).toMatch(
    /^unread +redis +1 +0 +\? +0 +\? +store away$/m,
  );
}, 120_000);

test('a process whose port is taken names PORT before it starts anything', async () => {
  const taken = await silentServer();
  try {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const child = spawn(process.execPath, [join(process.cwd(), 'dist/main.js')], {
      cwd: tmpdir(),
      env: { ...inherited, ...env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x', PORT: String(taken.port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, text]).toEqual([
      1,
      expect.stringContaining(`port ${taken.port} of 127.0.0.1 is taken: set PORT to another one`),
    ]);
    expect(text.trim().split('\n')).toHaveLength(1);
  } finally {
    await taken.close();
  }
});
