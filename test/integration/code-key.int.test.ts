import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { openCodes } from '../../src/wiring/codes.js';
import { openCodeKey } from '../../src/gifticon/codes/postgres-code-key.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';

const ONE = '1'.repeat(64);
const TWO = '2'.repeat(64);

let database: TestDatabase;
let dataDir: string;
let said: string[];
beforeEach(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'madang-code-key-'));
  said = [];
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
  await database[Symbol.asyncDispose]();
});

const logger = pino(
  { level: 'info' },
  new Writable({ write: (line: Buffer, _, done) => (said.push(line.toString()), done()) }),
);
const file = (): string => join(dataDir, 'gifticon-code.key');

interface Start {
  readonly given?: string;
  readonly own?: boolean;
  readonly dir?: string;
}
const start = async ({ given, own = false, dir = dataDir }: Start = {}, pool = database.pool): Promise<string> =>
  (await openCodeKey({ pool, given: given ?? null, dataDir: dir, ownDatabase: own, logger })).toString('hex');
const settings = async (): Promise<Record<string, string>> => {
  const { rows } = await database.pool.query<{ name: string; value: string }>(
    `SELECT name, value FROM settings WHERE name LIKE 'gifticon%'`,
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
};

/** Processes that start at the same time, each with connections of its own. */
async function startAll(starts: readonly Start[]): Promise<readonly PromiseSettledResult<string>[]> {
  const pools = starts.map(() => openPool({ url: database.url, max: 1, name: 'key-test' }));
  try {
    return await Promise.allSettled(starts.map((each, index) => start(each, pools[index])));
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
}
const keysOf = (results: readonly PromiseSettledResult<string>[]): Set<string> =>
  new Set(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));

test('beside an embedded database the key is created once, in a private file', async () => {
  const key = await start({ own: true });
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(await readFile(file(), 'utf8')).toBe(`${key}\n`);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  expect(await readdir(dataDir)).toEqual(['gifticon-code.key']);
  expect(await start({ own: true })).toBe(key);
  expect(await settings()).toEqual({ gifticon_code_check: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(JSON.stringify(await settings())).not.toContain(key);
  expect(said.join('')).not.toContain(key);
});

test('processes that start at once in one data directory end with one key', async () => {
  const results = await startAll(Array.from({ length: 8 }, () => ({ own: true })));
  expect(results.map(({ status }) => status)).toEqual(Array(8).fill('fulfilled'));
  expect([...keysOf(results)]).toEqual([(await readFile(file(), 'utf8')).trim()]);
});

test('with an external database the key is in the database, with a warning', async () => {
  const results = await startAll(Array.from({ length: 8 }, (_, n) => ({ dir: join(dataDir, String(n)) })));
  expect(results.map(({ status }) => status)).toEqual(Array(8).fill('fulfilled'));
  expect([...keysOf(results)]).toEqual([(await settings()).gifticon_code_key]);
  expect(await readdir(dataDir)).toEqual([]);
  expect(said.filter((line) => line.includes('"level":40') && line.includes('MADANG_CODE_KEY')).length).toBe(8);
  expect(said.join('')).not.toContain([...keysOf(results)][0]);
});

test('a key of the settings is used, stored nowhere, and required from then on', async () => {
  expect(await start({ given: ONE })).toBe(ONE);
  expect(Object.keys(await settings())).toEqual(['gifticon_code_check']);
  expect(await start({ given: ONE, own: true })).toBe(ONE);
  expect(await readdir(dataDir)).toEqual([]);
  await expect(start({ given: TWO })).rejects.toMatchObject({
    code: 'CODE_KEY',
    message: expect.stringMatching(/^MADANG_CODE_KEY is not the key.*set that one[^\n]*$/),
  });
  for (const own of [true, false])
    await expect(start({ own })).rejects.toMatchObject({
      code: 'CODE_KEY',
      message: expect.stringMatching(/^the key .* is not here: set MADANG_CODE_KEY[^\n]*$/),
    });
  expect(await readdir(dataDir)).toEqual([]);
});

test('of processes that start with different keys only those with one of them start', async () => {
  const results = await startAll([ONE, TWO, ONE, TWO].map((given) => ({ given })));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  expect(keysOf(results).size).toBe(1);
});

test('a lost, changed or damaged key file prevents a start', async () => {
  const key = await start({ own: true });
  await rm(file());
  await expect(start({ own: true })).rejects.toMatchObject({
    code: 'CODE_KEY',
    message: expect.stringContaining(`put ${file()} back`),
  });
  await writeFile(file(), `${TWO}\n`);
  await expect(start({ own: true })).rejects.toMatchObject({
    code: 'CODE_KEY',
    message: expect.stringContaining('holds another key'),
  });
  await writeFile(file(), key.slice(1));
  await expect(start({ own: true })).rejects.toMatchObject({
    code: 'CODE_KEY',
    message: expect.stringContaining('64 hexadecimal digits'),
  });
  await writeFile(file(), key.toUpperCase());
  expect(await start({ own: true })).toBe(key);
});

test('a key file that others may read is warned about', async () => {
  await writeFile(file(), ONE);
  await chmod(file(), 0o640);
  expect(await start()).toBe(ONE);
  expect(said.join('')).toContain('chmod 600');
  expect(Object.keys(await settings())).toEqual(['gifticon_code_check']);
});

test("another deployment's file in the directory does not hide the database's key", async () => {
  const key = await start();
  await writeFile(file(), TWO, { mode: 0o600 });
  expect(await start()).toBe(key);
});

test('a key can move from the database into the environment', async () => {
  const key = await start();
  said = [];
  expect(await start({ given: key })).toBe(key);
  expect(said.join('')).toContain(`DELETE FROM settings WHERE name = 'gifticon_code_key'`);
  await database.pool.query(`DELETE FROM settings WHERE name = 'gifticon_code_key'`);
  expect(await start({ given: key })).toBe(key);
  await expect(start()).rejects.toMatchObject({ code: 'CODE_KEY' });
});

test('codes decrypt with the key of the settings, or not at all', async () => {
  const store = postgresEventStore(database.pool, MADANG_EVENTS);
  const open = (codeKey: string | null) =>
    openCodes({
      config: { gifticon: { minRate: 10, maxRate: null, codeKey }, dataDir, databaseUrl: null },
      pool: database.pool,
      store,
      logger,
    });
  await open(null);
  expect((await readdir(dataDir)).length).toBe(1);
  await expect(open(TWO)).rejects.toMatchObject({ code: 'CODE_KEY' });
});
