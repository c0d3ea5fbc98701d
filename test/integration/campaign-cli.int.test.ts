import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { CampaignId } from '../../src/events/ids.js';
import { campaignId } from '../../src/events/ids.js';
import { readCampaignStock } from '../../src/gifticon/codes/campaign-stock.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import type { GifticonCodes } from '../../src/gifticon/codes/gifticon-codes.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openCodes } from '../../src/wiring/codes.js';
import { quietLogger, until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import { codeOf, signInOnWire } from '../support/wire.js';

// The built operator's commands for campaigns, against a process of one deployment. One partition: campaigns share it.

const KEY = 'c0de'.repeat(16);
const START_MS = 120_000;

let deployment: Deployment;
let madang: MadangProcess;
let pool: pg.Pool;
let store: EventStore;
let codes: GifticonCodes;
let directory: string;

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  madang = await startProcess();
  pool = openPool({ url: deployment.env.DATABASE_URL!, max: 4, name: 'campaign-cli-test' });
  const config = {
    gifticon: { minRate: 10, maxRate: null, codeKey: KEY },
    dataDir: '',
    databaseUrl: deployment.env.DATABASE_URL!,
  };
  store = postgresEventStore(pool, MADANG_EVENTS);
  codes = await openCodes({ config, pool, store, logger: quietLogger });
  directory = await mkdtemp(join(tmpdir(), 'madang-campaigns-'));
}, START_MS);
const startProcess = (): Promise<MadangProcess> => deployment.start({ MADANG_CODE_KEY: KEY, MADANG_PARTITIONS: '1' });
afterAll(async () => {
  await pool?.end();
  await madang?.stop();
  await deployment?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], input: string | Buffer | null = null, env: Record<string, string> = {}) {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(process.cwd(), 'dist/cli/main.js'), 'campaign', ...args], {
    cwd: tmpdir(),
    env: { ...inherited, ...deployment.env, MADANG_CODE_KEY: KEY, TMPDIR: directory, ...env },
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  if (input !== null) child.stdin.end(input);
  const ended = once(child, 'close').then(([code]): Ran => ({ code: code as number | null, ...written }));
  return { child, ended };
}

const run = (args: readonly string[], input?: string | Buffer): Promise<Ran> => start(args, input ?? '').ended;

async function succeed(args: readonly string[], input?: string | Buffer): Promise<string> {
  const { code, stdout, stderr } = await run(args, input);
  if (code !== 0) throw new Error(`campaign ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

interface Status {
  readonly id: string;
  readonly title: string;
  readonly state: string;
  readonly stock: number;
  readonly generated: number;
  readonly issued: number;
  readonly queued: number;
  readonly paused: boolean;
  readonly partition: number;
  readonly drainRatePerSecond: number;
}
const statusOf = async (id: string): Promise<Status> => JSON.parse(await succeed(['status', id, '--json'])) as Status;
const newCampaign = async (stock: number, title = 'Coffee', ...more: readonly string[]): Promise<CampaignId> =>
  campaignId((await succeed(['create', '--title', title, '--stock', String(stock), ...more])).trim());

/** The stock in the log. */
const stockOf = async (id: CampaignId): Promise<number> => (await readCampaignStock(store, id))!.stock;
const rowsOf = async (id: string): Promise<number> =>
  (await pool.query<{ n: number }>('SELECT count(*) AS n FROM gifticon_codes WHERE campaign_id = $1', [id])).rows[0]!.n;
const issuedOf = async (id: CampaignId): Promise<number> =>
  (await pool.query<{ issued: number }>('SELECT issued FROM campaigns WHERE id = $1', [id])).rows[0]!.issued;
const isSoldOut = async (id: CampaignId): Promise<boolean> =>
  (await pool.query('SELECT FROM campaigns WHERE id = $1 AND sold_out', [id])).rowCount === 1;
const codesOf = (id: CampaignId, first: number, count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => codes.codeOf({ campaignId: id, nth: first + n })));
const some = (count: number, prefix = 'CODE'): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${String(n).padStart(8, '0')}`);
const fileOf = async (content: string | Buffer): Promise<string> => {
  const path = join(directory, `codes-${Math.random()}.txt`);
  await writeFile(path, content);
  return path;
};

/** Requests a gifticon through the API. */
async function ask(handle: string, id: string) {
  const user = await signInOnWire(madang.url, handle);
  const query = 'mutation ($input: RequestGifticonInput!) { requestGifticon(input: $input) { request { status } } }';
  return user.ask<{ requestGifticon: { request: { status: string } } }>(query, { input: { campaignId: id } });
}

describe('a new campaign', () => {
  test('is shown by the next query, with its options', async () => {
    const id = await newCampaign(3, '봄 커피', '--closes', '2999-12-24T18:00:00+09:00');
    expect(await statusOf(id)).toMatchObject({
      id,
      title: '봄 커피',
      state: 'OPEN',
      stock: 3,
      generated: 3,
      issued: 0,
      queued: 0,
      paused: false,
      partition: 0,
      drainRatePerSecond: 0,
      closesAt: '2999-12-24T09:00:00.000Z',
    });
    expect(await succeed(['status', id])).toMatch(/title +봄 커피\nstate +OPEN\n/);
    const created = JSON.parse(
      await succeed(['create', '--title', 'Tea', '--stock', '0', '--opens', '2999-01-01T00:00:00Z', '--json']),
    ) as { id: string };
    expect(created).toMatchObject({ title: 'Tea', stock: 0, opensAt: '2999-01-01T00:00:00.000Z', closesAt: null });
    const all = JSON.parse(await succeed(['status', '--json'])) as Status[];
    expect(all.slice(0, 2).map((each) => [each.id, each.state])).toEqual([
      [created.id, 'SCHEDULED'],
      [id, 'OPEN'],
    ]);
    expect((await succeed(['status'])).split('\n')[0]).toMatch(
      /^id +title +state +stock +issued +queued +paused +partition$/,
    );
  });

  test.each([
    [['create', '--title', ' ', '--stock', '1'], 2, /--title: Write 1 to 200 characters/],
    [['create', '--title', 'x', '--stock', '-1'], 2, /--stock -1: must be a whole number/],
    [['create', '--title', 'x', '--stock', '10000001'], 2, /--stock: Send at most 10000000/],
    [['create', '--title', 'x', '--stock', '1', '--opens', 'tomorrow'], 2, /--opens: Send a time in ISO 8601/],
    [['create', '--title', 'x', '--stock', '1', '--closes', '2001-01-01T00:00:00Z'], 1, /would close before it opens/],
    [['create', '--stock', '1'], 2, /required option '--title/],
    [['status', 'spring'], 2, /spring is not the id of a campaign/],
    [['status', '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01'], 2, /there is no campaign 6f1c2b5e/],
    [['pause', '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01'], 2, /There is no gifticon campaign with this id/],
    [['load', '6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01', 'no-such-file'], 2, /there is no campaign 6f1c2b5e/],
  ] as const)('%j is refused with one line', async (args, exit, reason) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(stderr).toMatch(reason);
    if (stderr.startsWith('madang:')) expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe('codes that are loaded', () => {
  test('come after the generated ones, in the order of the file or standard input', async () => {
    const id = await newCampaign(2);
    const file = await fileOf(`\uFEFF${some(3_000).join('\r\n')}\r\n\r\n`);
    expect(await succeed(['load', id, file])).toBe('loaded 3000 codes as numbers 3 to 3002: the stock is 3002 now\n');
    expect(await statusOf(id)).toMatchObject({ stock: 3_002, generated: 2 });
    const more = some(2, '커피 쿠폰');
    expect(JSON.parse(await succeed(['load', id, '-', '--json'], ` ${more[0]} \n\n${more[1]}`))).toEqual({
      campaignId: id,
      loaded: 2,
      first: 3_003,
      stock: 3_004,
    });
    expect(await codesOf(id, 3, 3_002)).toEqual([...some(3_000), ...more]);
    expect(await stockOf(id)).toBe(3_004);
    await rm(file);
    expect((await readdir(directory)).filter((name) => name.startsWith('madang-codes'))).toEqual([]);
  });

  test('are refused where a line is bad: each is named by its number, and never shown', async () => {
    const id = await newCampaign(0);
    const lines = [...some(30), 'abc', 'CODE-00000003', '', 'TAB\tTAB', ...Array.from({ length: 40 }, () => 'xy')];
    const { code, stdout, stderr } = await run(['load', id, '-'], lines.join('\n'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const said = stderr.split('\n').filter((line) => line.startsWith('line '));
    expect(said).toHaveLength(20);
    expect(said.slice(0, 4)).toEqual([
      'line 31: shorter than 4 characters: … (3 characters)',
      'line 32: the same code as in line 4: COD… (13 characters)',
      'line 34: holds a control character or another one that cannot be printed: T… (7 characters)',
      'line 35: shorter than 4 characters: … (2 characters)',
    ]);
    expect(stderr).toContain('and 23 more\n');
    expect(stderr).toContain(
      'madang: nothing was loaded: 43 lines of standard input cannot be used; correct them and load all again\n',
    );
    expect(stderr).not.toContain('CODE-0000');
    const json = await run(['load', id, '-', '--json'], 'CODE-00000001\nCODE-00000001');
    expect(JSON.parse(json.stdout)).toEqual({
      loaded: 0,
      badInAll: 1,
      bad: [{ line: 2, problem: 'the same code as in line 1', masked: 'COD… (13 characters)' }],
    });
    expect(json.code).toBe(1);
    expect(await rowsOf(id)).toBe(0);
    expect(await stockOf(id)).toBe(0);
  });

  test('are refused where the campaign has one of them already: its line is named', async () => {
    const id = await newCampaign(0);
    await succeed(['load', id, '-'], some(10).join('\n'));
    const { code, stderr } = await run(
      ['load', id, '-'],
      ['', ...some(2_500, 'NEW'), '', 'CODE-00000007', ...some(50_000, 'NEWER')].join('\n'),
    );
    expect(code).toBe(1);
    expect(stderr).toContain(
      'madang: nothing was loaded: the campaign has the code of line 2503 already; take it out and load the rest\n',
    );
    expect([await rowsOf(id), await stockOf(id)]).toEqual([10, 10]);
  });

  test('are deleted again where the campaign takes none', async () => {
    const id = await newCampaign(1);
    expect((await ask('lastone', id)).errors).toEqual([]);
    await until(() => isSoldOut(id), 'the campaign is sold out');
    const { code, stderr } = await run(['load', id, '-'], some(10).join('\n'));
    expect(code).toBe(1);
    expect(stderr).toContain('madang: nothing was loaded: Every gifticon of the campaign has been issued');
    expect(await rowsOf(id)).toBe(0);
  });

  test.each([
    ['an empty file', '', /there is no code in standard input/],
    ['nothing but empty lines', '\n \r\n\n', /there is no code in standard input/],
  ])('are not in %s', async (_, content, reason) => {
    const { code, stderr } = await run(['load', await newCampaign(0), '-'], content);
    expect(code).toBe(1);
    expect(stderr).toMatch(reason);
  });

  test('need an existing file, and the right key', async () => {
    const id = await newCampaign(0);
    expect(await run(['load', id, 'no-such-file'])).toMatchObject({
      code: 2,
      stderr: 'madang: no-such-file: there is no such file\n',
    });
    expect(await run(['load', id, directory])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^madang: .* is a directory: .*\n$/),
    });
    const wrong = await start(['load', id, '-'], 'CODE-1', { MADANG_CODE_KEY: 'd'.repeat(64) }).ended;
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^madang: MADANG_CODE_KEY is not the key .*\n$/),
    });
    expect(await rowsOf(id)).toBe(0);
  });
});

describe('loading', () => {
  /** Waits until the load holds its lock, after the check of the file. */
  const storing = (): Promise<void> =>
    until(
      async () =>
        (
          await pool.query<{ n: number }>(
            `SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE '%INTO gifticon_codes%' ` +
              `AND application_name = 'madang'`,
          )
        ).rows[0]!.n > 0,
      'a load is storing',
    );

  test('one at a time: another one is refused at once, and nothing of it is stored', async () => {
    const id = await newCampaign(0);
    const first = start(['load', id, await fileOf(some(100_000, 'FIRST').join('\n'))]);
    await storing();
    const second = await run(['load', id, '-'], some(10, 'SECOND').join('\n'));
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('codes are being loaded into this campaign already'),
    });
    expect(await first.ended).toMatchObject({ code: 0 });
    expect([await rowsOf(id), await stockOf(id)]).toEqual([100_000, 100_000]);
    expect(await codesOf(id, 1, 1)).toEqual(['FIRST-00000000']);
  });

  test('a killed load leaves no rows and no files, and the next one loads', async () => {
    const id = await newCampaign(0);
    const { child, ended } = start(['load', id, '-'], some(100_000).join('\n'));
    await storing();
    expect((await readdir(directory)).filter((name) => name.startsWith('madang-codes'))).toEqual([]);
    child.kill('SIGKILL');
    await ended;
    await until(
      async () => (await run(['load', id, '-'], some(5).join('\n'))).code === 0,
      'the next load gets through',
    );
    expect([await rowsOf(id), await stockOf(id)]).toEqual([5, 5]);
    expect(await codesOf(id, 1, 5)).toEqual(some(5));
  });
});

test('a pause holds requests, names the campaigns held with it, and resuming issues', async () => {
  const [id, other] = [await newCampaign(10, 'Paused one'), await newCampaign(10, 'Beside it')];
  const paused = await succeed(['pause', id]);
  expect(paused).toMatch(/^paused\nThese wait, too/);
  expect(paused).toContain(`${other}  Beside it`);
  expect(paused).not.toContain('Paused one');
  expect(await succeed(['pause', id])).toMatch(/^paused already\n/);
  for (const handle of ['p1', 'p2', 'p3']) expect(codeOf(await ask(handle, id))).toBe('no error');
  expect(await statusOf(id)).toMatchObject({ paused: true, queued: 3, issued: 0, drainRatePerSecond: 0 });
  expect(JSON.parse(await succeed(['resume', id, '--json']))).toEqual({
    id,
    paused: false,
    changed: true,
    alsoWaiting: [],
  });
  await until(async () => (await issuedOf(id)) === 3, 'three are issued');
  expect(await statusOf(id)).toMatchObject({ paused: false, queued: 0 });
  expect(await succeed(['resume', id])).toBe('resumed already\n');
});

test(
  'codes of a killed load are in the stock once it is decided, before later ones',
  async () => {
    const id = await newCampaign(0);
    await madang.kill();
    const commandsOnTheLog = async (): Promise<number> =>
      (await pool.query<{ n: number }>('SELECT count(*) AS n FROM commands')).rows[0]!.n;
    const before = await commandsOnTheLog();
    const first = start(['load', id, '-'], some(10, 'FIRST').join('\n'));
    await until(async () => (await commandsOnTheLog()) === before + 1, 'the load is on the log');
    first.child.kill('SIGKILL');
    await first.ended;
    const second = start(['load', id, '-'], some(5, 'SECOND').join('\n'));
    madang = await startProcess();
    expect(await second.ended).toMatchObject({
      code: 0,
      stdout: 'loaded 5 codes as numbers 11 to 15: the stock is 15 now\n',
    });
    expect(await codesOf(id, 1, 15)).toEqual([...some(10, 'FIRST'), ...some(5, 'SECOND')]);
  },
  START_MS,
);
