import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import { streamOfEvent } from '../support/given.js';
import type { DomainEvent } from '../../src/events/event.js';
import type { CampaignId } from '../../src/events/ids.js';
import { commandId, offset, traceId, userId } from '../../src/engine/domain/ids.js';
import { campaignId } from '../../src/events/ids.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import type { GifticonCodes } from '../../src/gifticon/codes/gifticon-codes.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { postgresGifticonCodes } from '../../src/gifticon/codes/postgres-gifticon-codes.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { until } from '../support/conditions.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';

const KEY = Buffer.alloc(32, 1);
const GENERATED = /^(?:[0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]$/;

let database: TestDatabase;
let store: EventStore;
let codes: GifticonCodes;

beforeAll(async () => {
  database = await createTestDatabase();
  await openDeployment(database.pool, 1, 1);
  store = postgresEventStore(database.pool, MADANG_EVENTS);
  await store.checkpoint('test', 0);
  codes = postgresGifticonCodes({ pool: database.pool, store, key: KEY });
});
afterAll(() => database[Symbol.asyncDispose]());

let next = 0;
const versions = new Map<string, number>();
/** Stores an event in the log, as a decider does. */
async function happened(event: DomainEvent & { readonly data: { readonly campaignId: CampaignId } }): Promise<void> {
  const stream = streamOfEvent(event).id;
  const version = (versions.get(stream) ?? 0) + 1;
  versions.set(stream, version);
  const result = await store.commit({
    queue: 'test',
    partition: 0,
    epoch: store.epochs.current(0),
    from: offset(next),
    to: offset(++next),
    lastAt: null,
    published: offset(0),
    snapshots: [],
    deadLetters: [],
    outcomes: [
      {
        commandId: commandId(randomUUID()),
        fingerprint: 'f'.repeat(32),
        userId: userId('operator'),
        traceId: traceId('0'.repeat(32)),
        offset: offset(next - 1),
        key: event.data.campaignId,
        at: new Date(),
        rejection: null,
        events: [{ stream, event, version }],
      },
    ],
  });
  expect(result.status).toBe('committed');
}

async function newCampaign(generated: number): Promise<CampaignId> {
  const id = campaignId(randomUUID());
  const data = {
    campaignId: id,
    title: 'Coffee',
    stock: generated,
    opensAt: '2026-03-01T09:00:00.000Z',
    closesAt: null,
    createdBy: userId('operator'),
  };
  await happened({ type: 'GifticonCampaignCreated', data });
  return id;
}

const loaded = (id: CampaignId, first: number, count: number) =>
  happened({ type: 'GifticonCodesLoaded', data: { campaignId: id, first, count } });

async function* from(list: Iterable<string>): AsyncGenerator<string> {
  yield* list;
}
const some = (count: number, prefix = 'CODE'): string[] => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

const rowsOf = async (id: CampaignId): Promise<number> =>
  (await database.pool.query<{ n: number }>('SELECT count(*) AS n FROM gifticon_codes WHERE campaign_id = $1', [id]))
    .rows[0]!.n;
const allOf = (id: CampaignId, first: number, count: number): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => codes.codeOf({ campaignId: id, nth: first + n })));

describe('the code of a number', () => {
  test('up to the generated number is generated, above it loaded, in load order', async () => {
    const id = await newCampaign(3);
    const ready = some(5_003);
    expect(await codes.load(id, 3, from(ready))).toEqual({ first: 4, count: 5_003 });
    await loaded(id, 4, 5_003);
    const generated = await allOf(id, 1, 3);
    for (const code of generated) expect(code).toMatch(GENERATED);
    expect(new Set(generated).size).toBe(3);
    expect(await allOf(id, 4, 5_003)).toEqual(ready);
  });

  test('is the same in every process with the key, and differs between campaigns', async () => {
    const [one, other] = [await newCampaign(2), await newCampaign(2)];
    const again = postgresGifticonCodes({ pool: database.pool, store, key: KEY });
    expect(await again.codeOf({ campaignId: one, nth: 2 })).toBe(await codes.codeOf({ campaignId: one, nth: 2 }));
    expect(new Set([...(await allOf(one, 1, 2)), ...(await allOf(other, 1, 2))]).size).toBe(4);
  });

  test('does not exist for a missing number or campaign', async () => {
    const id = await newCampaign(2);
    for (const nth of [0, -1, 1.5, 3, NaN, Infinity, 2 ** 31, 2 ** 53])
      await expect(codes.codeOf({ campaignId: id, nth })).rejects.toMatchObject({ code: 'UNKNOWN_CODE' });
    await expect(codes.codeOf({ campaignId: campaignId(randomUUID()), nth: 1 })).rejects.toMatchObject({
      code: 'UNKNOWN_CODE',
    });
  });

  test('is found once its campaign exists, also after an earlier miss', async () => {
    const id = campaignId(randomUUID());
    await expect(codes.codeOf({ campaignId: id, nth: 1 })).rejects.toMatchObject({ code: 'UNKNOWN_CODE' });
    const data = {
      campaignId: id,
      title: 'Coffee',
      stock: 1,
      opensAt: '2026-03-01T09:00:00.000Z',
      closesAt: null,
      createdBy: userId('operator'),
    };
    await happened({ type: 'GifticonCampaignCreated', data });
    expect(await codes.codeOf({ campaignId: id, nth: 1 })).toMatch(GENERATED);
  });

  test('is found among missing ones in the same query', async () => {
    const id = await newCampaign(0);
    await codes.load(id, 0, from(['ONLY-ONE']));
    const answers = await Promise.allSettled([2, 1, 3].map((nth) => codes.codeOf({ campaignId: id, nth })));
    expect(
      answers.map((answer) =>
        answer.status === 'fulfilled' ? answer.value : (answer.reason as { code: string }).code,
      ),
    ).toEqual(['UNKNOWN_CODE', 'ONLY-ONE', 'UNKNOWN_CODE']);
  });

  test('with another key, or in a moved row, fails: never a wrong code', async () => {
    const id = await newCampaign(0);
    await codes.load(id, 0, from(['FIRST-CODE', 'SECOND-CODE']));
    const stranger = postgresGifticonCodes({ pool: database.pool, store, key: Buffer.alloc(32, 2) });
    await expect(stranger.codeOf({ campaignId: id, nth: 1 })).rejects.toMatchObject({ code: 'BROKEN_CODE' });
    await database.pool.query('UPDATE gifticon_codes SET nth = 3 - nth + 10 WHERE campaign_id = $1', [id]);
    await database.pool.query('UPDATE gifticon_codes SET nth = nth - 10 WHERE campaign_id = $1', [id]);
    for (const nth of [1, 2])
      await expect(codes.codeOf({ campaignId: id, nth })).rejects.toMatchObject({ code: 'BROKEN_CODE' });
  });
});

describe('loading', () => {
  test('reports its progress, and ends at the number of codes', async () => {
    const id = await newCampaign(0);
    const heard: number[] = [];
    await codes.load(id, 0, from(some(4_500)), (stored) => heard.push(stored));
    expect(heard).toEqual(heard.toSorted((a, b) => a - b));
    expect(heard.length).toBeGreaterThan(1);
    expect(heard.at(-1)).toBe(4_500);
  });

  test('a source that fails half-way leaves nothing', async () => {
    const id = await newCampaign(0);
    async function* failing(): AsyncGenerator<string> {
      yield* some(5_000);
      throw new Error('the disk is gone');
    }
    await expect(codes.load(id, 0, failing())).rejects.toThrow('the disk is gone');
    expect(await rowsOf(id)).toBe(0);
  });

  test('a process that dies half-way leaves nothing', async () => {
    const id = await newCampaign(0);
    const doomed = openPool({ url: database.url, max: 2, name: 'doomed-loader' });
    const itsCodes = postgresGifticonCodes({ pool: doomed, store, key: KEY });
    async function* dying(): AsyncGenerator<string> {
      yield* some(5_000);
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed-loader'`,
      );
      yield* some(5_000, 'MORE');
    }
    expect(isTransient(await itsCodes.load(id, 0, dying()).catch((error: unknown) => error))).toBe(true);
    await doomed.end();
    expect(await rowsOf(id)).toBe(0);
    expect(await codes.load(id, 0, from(some(2)))).toEqual({ first: 1, count: 2 });
  });

  test('a duplicate code is reported by its place, and nothing is stored', async () => {
    const id = await newCampaign(1);
    await codes.load(id, 1, from(some(3_000)));
    await loaded(id, 2, 3_000);
    const more = [...some(4_321, 'MORE'), 'CODE-2999', ...some(100, 'REST'), 'CODE-0'];
    await expect(codes.load(id, 3_001, from(more))).rejects.toMatchObject({ code: 'DUPLICATE_CODE', index: 4_321 });
    expect(await rowsOf(id)).toBe(3_000);
    await expect(codes.load(id, 3_001, from(['NEW-1', 'NEW-2', 'NEW-1']))).rejects.toMatchObject({
      code: 'DUPLICATE_CODE',
      index: 2,
    });
    expect(await rowsOf(id)).toBe(3_000);
    // Another campaign may have it.
    expect(await codes.load(await newCampaign(0), 0, from(['CODE-0']))).toEqual({ first: 1, count: 1 });
  });

  test('leftovers of an earlier load are deleted, what is in the stock stays', async () => {
    const id = await newCampaign(2);
    await codes.load(id, 2, from(['IN-STOCK-1', 'IN-STOCK-2']));
    await loaded(id, 3, 2);
    await codes.load(id, 4, from(some(100, 'LEFT-BEHIND')));
    // The same codes once more, like an operator after an interrupted load.
    expect(await codes.load(id, 4, from(some(10, 'LEFT-BEHIND')))).toEqual({ first: 5, count: 10 });
    expect(await rowsOf(id)).toBe(12);
    expect(await allOf(id, 3, 2)).toEqual(['IN-STOCK-1', 'IN-STOCK-2']);
    expect(await allOf(id, 5, 10)).toEqual(some(10, 'LEFT-BEHIND'));
  });

  test('a stock that was read too early deletes and stores nothing', async () => {
    const id = await newCampaign(0);
    await codes.load(id, 0, from(['IN-STOCK-1', 'IN-STOCK-2']));
    await loaded(id, 1, 2);
    for (const stock of [0, 1, 3])
      await expect(codes.load(id, stock, from(['TOO-EARLY']))).rejects.toMatchObject({ code: 'STALE_STOCK' });
    expect(await allOf(id, 1, 2)).toEqual(['IN-STOCK-1', 'IN-STOCK-2']);
    expect(await rowsOf(id)).toBe(2);
    await expect(codes.load(campaignId(randomUUID()), 0, from(['NO-CAMPAIGN']))).rejects.toMatchObject({
      code: 'STALE_STOCK',
    });
  });

  test('taking a load back takes nothing of the stock', async () => {
    const id = await newCampaign(0);
    const first = await codes.load(id, 0, from(some(5)));
    await codes.unload(id, first);
    expect(await rowsOf(id)).toBe(0);
    const second = await codes.load(id, 0, from(some(5)));
    await loaded(id, 1, 3);
    await codes.unload(id, second);
    expect(await allOf(id, 1, 3)).toEqual(some(3));
    expect(await rowsOf(id)).toBe(3);
  });

  test('loads of a campaign that run at once wait for one another', async () => {
    const id = await newCampaign(0);
    const results = await Promise.all(['A', 'B', 'C'].map((prefix) => codes.load(id, 0, from(some(3_000, prefix)))));
    expect(results).toEqual(Array.from({ length: 3 }, () => ({ first: 1, count: 3_000 })));
    expect(await rowsOf(id)).toBe(3_000);
    const all = await allOf(id, 1, 3_000);
    expect(new Set(all.map((code) => code[0])).size).toBe(1);
  });
});

describe('during a load', () => {
  test('another one is refused in the same campaign, and runs in another campaign', async () => {
    const [id, other] = [await newCampaign(0), await newCampaign(0)];
    await codes.exclusively(id, async () => {
      await expect(codes.exclusively(id, () => Promise.resolve('second'))).rejects.toMatchObject({
        code: 'LOAD_RUNNING',
      });
      expect(await codes.exclusively(other, () => Promise.resolve('other'))).toBe('other');
      await codes.load(id, 0, from(['AMONG-THE-WORK']));
    });
    expect(await codes.exclusively(id, () => Promise.resolve('after'))).toBe('after');
    await expect(codes.exclusively(id, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await codes.exclusively(id, () => Promise.resolve('after a failure'))).toBe('after a failure');
  });

  test('that dies, the lock becomes free for the next one', async () => {
    const id = await newCampaign(0);
    const doomed = openPool({ url: database.url, max: 2, name: 'doomed-holder' });
    let holding = (): void => undefined;
    const held = new Promise<void>((resolve) => (holding = resolve));
    let release = (): void => undefined;
    const working = new Promise<void>((resolve) => (release = resolve));
    const holder = postgresGifticonCodes({ pool: doomed, store, key: KEY }).exclusively(id, () => (holding(), working));
    await held;
    await expect(codes.exclusively(id, () => Promise.resolve())).rejects.toMatchObject({ code: 'LOAD_RUNNING' });
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed-holder'`,
    );
    await until(
      () => codes.exclusively(id, () => Promise.resolve(true)).catch(() => false),
      'the lock of the dead is free',
    );
    release();
    await holder;
    await doomed.end();
  });
});

test('neither the rows nor the log show a code', async () => {
  const id = await newCampaign(2);
  const secrets = ['SECRET-COFFEE-1', 'SECRET-COFFEE-2', 'SECRET-커피-3'];
  await codes.load(id, 2, from(secrets));
  await loaded(id, 3, 3);
  const generated = await allOf(id, 1, 2);
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ` +
      `AND table_type = 'BASE TABLE'`,
  );
  let dump = '';
  for (const { name } of tables) {
    const { rows } = await database.pool.query<{ text: string }>(`SELECT t::text AS text FROM "${name}" t`);
    dump += rows.map(({ text }) => text).join('\n');
  }
  expect(dump).toContain(id);
  for (const secret of [...secrets, ...generated, ...generated.map((code) => code.replaceAll('-', ''))]) {
    for (const spelling of [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    ])
      expect(dump).not.toContain(spelling);
  }
});
