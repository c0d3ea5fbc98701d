import { join } from 'node:path';
import { offset } from '../../src/engine/domain/ids.js';
import type { FeedBatch } from '../../src/engine/log/event-feed.js';
import type { PostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { appendedText } from '../../src/engine/postgres/appended-text.js';
import { batchText } from '../../src/engine/postgres/batch-text.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { openPostgresEventFeed } from '../../src/engine/postgres/event-feed.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { createTextSignature } from '../../src/engine/postgres/text-signature.js';
import type { WakeUp } from '../../src/engine/postgres/wake-up.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';
import { commandLogContract } from '../../src/engine/testing/contracts/command-log.js';
import { consumerGroupContract } from '../../src/engine/testing/contracts/consumer-group.js';
import { commandTailContract, Delivered, keyIn } from '../../src/engine/testing/contracts/command-tail.js';
import { CONTRACT_EVENTS, decided, eventFeedContract } from '../../src/engine/testing/contracts/event-feed.js';
import type { LogEngine } from '../../src/engine/testing/contracts/log-site.js';
import { longBatchContract } from '../../src/engine/testing/contracts/long-batch.js';
import { until } from '../support/conditions.js';
import { command, createReleases, Ledger, PARTITIONS, quietLog } from '../../src/engine/testing/contracts/log-site.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const timing = { heartbeatMs: 200, ttlMs: 1_500 };
const CUT =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() ' +
  'AND pid <> pg_backend_pid()';
const GROUPS = `
  SELECT group_name AS name FROM group_members UNION SELECT group_name FROM group_leases
  UNION SELECT queue || '/' || group_name FROM command_progress ORDER BY name`;

const STORED = `
  INSERT INTO event_heads AS h (partition, head) VALUES ($1, $2)
  ON CONFLICT (partition) DO UPDATE SET head = greatest(h.head, excluded.head)`;

/** The connections of a process of its own. */
async function connect(url: string, open: ReturnType<typeof createReleases>) {
  const pool = openPool({ url, max: 4, name: 'contract' });
  open.defer(() => pool.end());
  const wakeUp = await openWakeUp({ key: Buffer.alloc(32), url, name: 'contract', log: quietLog });
  open.defer(() => wakeUp.stop());
  return { pool, wakeUp, log: quietLog, timing };
}

const postgres: LogEngine = {
  name: 'PostgreSQL',
  async createSite() {
    const database = await createTestDatabase();
    const open = createReleases();
    return {
      async openLog(queue = 'commands', partitions = PARTITIONS) {
        const log = openPostgresCommandLog({
          ...(await connect(database.url, open)),
          queue,
          partitions,
          drainMs: 500,
          forceMs: 2_000,
        });
        open.defer(() => log.stop());
        return log;
      },
      async openFeed() {
        const feed = openPostgresEventFeed({
          catalog: CONTRACT_EVENTS,
          ...(await connect(database.url, open)),
          partitions: PARTITIONS,
        });
        open.defer(() => feed.stop());
        return {
          ...feed,
          // A decider publishes what it has stored.
          async publish(batch) {
            await database.pool.query(STORED, [batch.partition, batch.head]);
            return feed.publish(batch);
          },
        };
      },
      member: {
        program: join(process.cwd(), 'test/contracts/member.js'),
        options: { engine: 'postgres', url: database.url, queue: 'commands', partitions: PARTITIONS, timing },
      },
      disturb: async () => void (await database.pool.query(CUT)),
      groups: async () => (await database.pool.query<{ name: string }>(GROUPS)).rows.map(({ name }) => name),
      timeoutMs: timing.ttlMs,
      async [Symbol.asyncDispose]() {
        await open.releaseAll();
        await database[Symbol.asyncDispose]();
      },
    };
  },
};

commandLogContract(postgres);
consumerGroupContract(postgres);
commandTailContract(postgres);
longBatchContract(postgres);
eventFeedContract(postgres);

describe('commands that another process appended', () => {
  test('are read back only where they are many', async () => {
    await using database = await createTestDatabase();
    const open = createReleases();
    const openSite = async () => {
      const connected = await connect(database.url, open);
      const log = openPostgresCommandLog({ ...connected, queue: 'q', partitions: PARTITIONS, pollIntervalMs: 60_000 });
      open.defer(() => log.stop());
      const feed = openPostgresEventFeed({ catalog: CONTRACT_EVENTS, ...connected, partitions: PARTITIONS });
      open.defer(() => feed.stop());
      return { pool: connected.pool, log };
    };
    try {
      const [appender, reader] = [await openSite(), await openSite()];
      let reads = 0;
      const query = reader.pool.query.bind(reader.pool) as (...question: readonly unknown[]) => unknown;
      const counted = (...question: readonly [string | { readonly text: string }, ...unknown[]]): unknown => {
        if (typeof question[0] === 'object' && /SELECT "offset", key, payload/.test(question[0].text)) reads++;
        return query(...question);
      };
      Object.assign(reader.pool, { query: counted });
      const ledger = new Ledger();
      await reader.log.consume({ group: 'g', maxBatch: 200, handler: ledger.handler() });
      await until(() => ledger.assigned.length === PARTITIONS, 'the consumer to be there');
      // Any user of the database can send notifications.
      for (const [channel, text] of [
        ['madang_appended', 'q nonsense'],
        ['madang_appended', 'q 1 5 1 [nonsense]'],
        ['madang_decided', '{'],
      ])
        await reader.pool.query('SELECT pg_notify($1, $2)', [channel, text]);
      const few = Array.from({ length: 10 }, (_, index) => command('room', { index, text: '마당 "[]"' }));
      for (const [index, one] of few.entries()) {
        await appender.log.append(one);
        await until(() => ledger.count === index + 1, `command ${index}`);
      }
      expect(reads).toBe(0);
      const many = Array.from({ length: 200 }, (_, index) => command('room', { index }));
      await Promise.all(many.map((one) => appender.log.append(one)));
      await until(() => ledger.count === 210, 'all commands');
      expect(reads).toBeGreaterThan(0);
      const records = [...ledger.records.values()].flat();
      expect(records.map((record) => 'command' in record && record.command)).toEqual(
        [...few, ...many].map((one) => ({ ...one, at: expect.any(String) as string })),
      );
      expect(records.map(({ offset: at }) => at)).toEqual(records.map((_, index) => index));
    } finally {
      await open.releaseAll();
    }
  });
});

describe('notifications of another user of the database', () => {
  test('bring neither commands nor events nor heads', async () => {
    await using database = await createTestDatabase();
    const open = createReleases();
    try {
      const [ours, other] = [await connect(database.url, open), await connect(database.url, open)];
      const [queue, same] = [ours, other].map((connected) =>
        openPostgresCommandLog({ ...connected, queue: 'q', partitions: PARTITIONS, pollIntervalMs: 60_000 }),
      );
      const [feed, elsewhere] = [ours, other].map((connected) =>
        openPostgresEventFeed({ catalog: CONTRACT_EVENTS, ...connected, partitions: PARTITIONS }),
      );
      for (const each of [feed!, elsewhere!, queue!, same!]) open.defer(() => each.stop());
      const ledger = new Ledger();
      await same!.consume({ group: 'g', maxBatch: 200, handler: ledger.handler() });
      const batches: FeedBatch[] = [];
      await elsewhere!.follow({ onBatch: (each) => void batches.push(each) });
      await until(() => ledger.assigned.length === PARTITIONS, 'the consumer to be there');

      const key = keyIn[2]!;
      const foreign = createTextSignature(Buffer.alloc(32, 1));
      const items = [{ key, payload: JSON.stringify(command(key, { forged: true })) }];
      const appended = appendedText(foreign, 'madang_appended_q', 2, { first: 0, at: Date.now(), items })!;
      const batch = batchText(CONTRACT_EVENTS, foreign, decided(1, 0, 3))!;
      for (const [channel, text] of [
        ['madang_appended_q', appended],
        ['madang_appended_q', `2 0 ${JSON.stringify(items.map(({ payload }) => [key, payload, Date.now()]))}`],
        ['madang_decided', batch],
        ['madang_decided', batch.replace(/,"signature":"[^"]*"/, '')],
        ['madang_decided', `{"partition":1,"head":${'['.repeat(3_000)}${']'.repeat(3_000)}}`],
        ['madang_decided', 'null'],
        ['madang_events', `1:${Number.MAX_SAFE_INTEGER}`],
        ['madang_events', '1:Infinity'],
        ['madang_events', 'x:Infinity'],
        ['madang_commands', `q/2:${Number.MAX_SAFE_INTEGER}`],
        ['madang_groups', ''],
      ])
        await database.pool.query('SELECT pg_notify($1, $2)', [channel, text]);

      const one = command(key, { forged: false });
      await queue!.append(one);
      await feed!.publish(decided(1, 0, 1));
      await until(() => ledger.count > 0 && batches.length > 0, 'both to be received');
      expect([...ledger.records.values()].flat().map((record) => 'command' in record && record.command)).toEqual([
        { ...one, at: expect.any(String) as string },
      ]);
      expect(batches.map(({ partition, head, events }) => [partition, head, events.length])).toEqual([[1, 1, 1]]);
      // A bare head is read from the database.
      await database.pool.query(STORED, [1, 7]);
      await database.pool.query('SELECT pg_notify($1, $2)', ['madang_events', `1:${Number.MAX_SAFE_INTEGER}`]);
      await until(() => batches.length === 2, 'the head');
      expect(batches[1]).toMatchObject({ partition: 1, head: 7, events: [], receipts: [] });
    } finally {
      await open.releaseAll();
    }
  });
});

describe('a connection for wake-ups that is slow to listen', () => {
  test('makes followers wait, so that they miss nothing after that', async () => {
    await using database = await createTestDatabase();
    const open = createReleases();
    try {
      const [publisher, other] = [await connect(database.url, open), await connect(database.url, open)];
      // The followers' LISTEN is queued behind this.
      const busy = other.wakeUp.query('SELECT pg_sleep(0.5)', []);
      const [feed, elsewhere] = [publisher, other].map((connected) =>
        openPostgresEventFeed({ catalog: CONTRACT_EVENTS, ...connected, partitions: PARTITIONS }),
      );
      const [queue, same] = [publisher, other].map((connected) =>
        openPostgresCommandLog({ ...connected, queue: 'q', partitions: PARTITIONS, pollIntervalMs: 60_000 }),
      );
      for (const each of [feed!, elsewhere!, queue!, same!]) open.defer(() => each.stop());
      const [batches, heard]: [FeedBatch[], Delivered] = [[], new Delivered()];
      await Promise.all([
        elsewhere!.follow({ onBatch: (each) => void batches.push(each) }).then(() => feed!.publish(decided(1, 0, 2))),
        same!.tail(heard.from()).then(() => queue!.append(command(keyIn[2]!))),
      ]);
      await until(() => batches.length > 0 && heard.count > 0, 'both to be received');
      expect(
        batches.map(({ partition, head, events, receipts }) => [partition, head, events.length, receipts.length]),
      ).toEqual([[1, 2, 2, 3]]);
      await busy;
    } finally {
      await open.releaseAll();
    }
  });
});

describe('decided commands in PostgreSQL', () => {
  test('are deleted below the slowest group, apart from those kept for a while', async () => {
    await using database = await createTestDatabase();
    await using wakeUp = await openWakeUp({
      key: Buffer.alloc(32),
      url: database.url,
      name: 'contract',
      log: quietLog,
    });
    await using log = openPostgresCommandLog({
      pool: database.pool,
      wakeUp,
      queue: 'q',
      partitions: PARTITIONS,
      log: quietLog,
      timing,
      keep: 100,
    });
    const [fast, slow] = [new Ledger(), new Ledger()];
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    await log.consume({
      group: 'slow',
      maxBatch: 200,
      handler: slow.handler(() => (slow.count >= 1_200 ? held : undefined)),
    });
    await log.consume({ group: 'fast', maxBatch: 200, handler: fast.handler() });
    // Until a group has noted its place, the others delete commands that it has not seen.
    const noted = async (): Promise<number> =>
      (await database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM command_progress')).rows[0]!.n;
    await until(async () => (await noted()) === 2 * PARTITIONS, 'both groups to be there');
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 500 }, () => log.append(command('room'))));
    await until(() => fast.count === 2_500 && slow.running === 1, 'the fast group to be done');
    const oldest = async (): Promise<number> =>
      (await database.pool.query<{ low: number }>('SELECT min("offset") AS low FROM commands')).rows[0]!.low;
    let low = 0;
    while (low === 0) low = await oldest();
    expect(low).toBeLessThanOrEqual(slow.count - 100);
    release();
    await until(() => slow.count === 2_500, 'the slow group to be done');
    await log.trim(await log.append(command('room')).then(({ partition }) => partition), offset(2_500));
    expect(await oldest()).toBe(2_500);
  });
});

describe('a group in PostgreSQL', () => {
  test('whose next commands were deleted continues after them, and logs an error', async () => {
    await using database = await createTestDatabase();
    await using wakeUp = await openWakeUp({
      key: Buffer.alloc(32),
      url: database.url,
      name: 'contract',
      log: quietLog,
    });
    const errors: unknown[] = [];
    const log = { ...silent, error: (fields: object) => void errors.push(fields) };
    const options = { pool: database.pool, wakeUp, queue: 'q', partitions: PARTITIONS, timing, pollIntervalMs: 20 };
    // Stored like a command of another process whose notification is lost: only the table has it.
    const key = keyIn[1]!;
    for (let at = 0; at < 5; at++) {
      const one = command(key);
      await database.pool.query(
        `WITH head AS (
           INSERT INTO command_heads AS h (queue, partition, next_offset) VALUES ('q', 1, 1)
           ON CONFLICT (queue, partition) DO UPDATE SET next_offset = h.next_offset + 1 RETURNING next_offset - 1 AS at
         ) INSERT INTO commands (queue, partition, "offset", key, command_id, payload)
         SELECT 'q', 1, at, $1, $2, $3 FROM head`,
        [one.key, one.commandId, JSON.stringify(one)],
      );
    }
    await using queue = openPostgresCommandLog({ ...options, log });
    const ledger = new Ledger();
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    await queue.consume({ group: 'g', maxBatch: 1, handler: ledger.handler(() => held) });
    await until(() => ledger.running === 1, 'the first command is at work');
    await database.pool.query(`DELETE FROM commands WHERE queue = 'q' AND "offset" < 4`);
    release();
    await until(() => ledger.count === 2, 'what is left is handled');
    expect(ledger.records.get(1)!.map(({ offset: at }) => at)).toEqual([0, 4]);
    expect(errors).toMatchObject([
      {
        err: {
          code: 'LOG_MISMATCH',
          message: expect.stringContaining('commands 1 to 3 of q, partition 1, were deleted'),
        },
      },
    ]);
  });

  test('that was further than the log is now is set to the end of the log', async () => {
    await using database = await createTestDatabase();
    await using wakeUp = await openWakeUp({
      key: Buffer.alloc(32),
      url: database.url,
      name: 'contract',
      log: quietLog,
    });
    await using queue = openPostgresCommandLog({
      pool: database.pool,
      wakeUp,
      queue: 'q',
      partitions: PARTITIONS,
      timing,
      log: quietLog,
    });
    await queue.append(command(keyIn[1]!));
    const handled: number[] = [];
    await queue.consume({
      group: 'g',
      maxBatch: 1,
      handler: {
        assigned: () => Promise.resolve({ next: offset(50), mark: null }),
        handle: async ({ records }) => void handled.push(...records.map(({ offset: at }) => at)),
        revoked: () => Promise.resolve(),
      },
    });
    await until(() => handled.length > 0, 'the only command is handled');
    expect(handled).toEqual([0]);
    const { rows } = await database.pool.query(
      "SELECT done::integer AS done FROM command_progress WHERE queue = 'q' AND partition = 1",
    );
    expect(rows).toEqual([{ done: 1 }]);
  });
});

describe('a tail in PostgreSQL', () => {
  const warnings: string[] = [];
  const log = { ...silent, warn: (_fields: object, message: string) => void warnings.push(message) };
  let database: TestDatabase;
  let wakeUp: WakeUp;
  let queue: PostgresCommandLog;
  let heard: Delivered;
  beforeEach(async () => {
    warnings.length = 0;
    database = await createTestDatabase();
    wakeUp = await openWakeUp({ key: Buffer.alloc(32), url: database.url, name: 'contract', log: quietLog });
    queue = openPostgresCommandLog({
      pool: database.pool,
      wakeUp,
      queue: 'q',
      partitions: PARTITIONS,
      log,
      timing,
      pollIntervalMs: 50,
    });
    heard = new Delivered();
  });
  afterEach(async () => {
    await queue.stop();
    await wakeUp.stop();
    await database[Symbol.asyncDispose]();
  });

  /** Stores a command like another process whose notification is lost. */
  async function storeSilently(partition: number, table = 'commands'): Promise<void> {
    const one = command(keyIn[partition]!);
    await database.pool.query(
      `WITH head AS (
         INSERT INTO command_heads AS h (queue, partition, next_offset) VALUES ('q', $1, 1)
         ON CONFLICT (queue, partition) DO UPDATE SET next_offset = h.next_offset + 1 RETURNING next_offset - 1 AS at
       ) INSERT INTO ${table} (queue, partition, "offset", key, command_id, payload) SELECT 'q', $1, at, $2, $3, $4
         FROM head`,
      [partition, one.key, one.commandId, JSON.stringify(one)],
    );
  }

  test('is woken by commands of others; a process that does not read the queue is not', async () => {
    const listensTo = async (): Promise<readonly string[]> =>
      (await wakeUp.query<{ channel: string }>('SELECT pg_listening_channels() AS channel', []))
        .map(({ channel }) => channel)
        .filter((channel) => channel.startsWith('madang_appended'));
    expect(await listensTo()).toEqual([]);
    const tail = await queue.tail(heard.from());
    const another = await queue.tail(new Delivered().from());
    expect(await listensTo()).toEqual(['madang_appended_q']);
    await tail.stop();
    expect(await listensTo()).toEqual(['madang_appended_q']);
    await another.stop();
    expect(await listensTo()).toEqual([]);
  });

  test('receives commands of others also after its connection broke', async () => {
    await queue.tail(heard.from());
    await database.pool.query(CUT);
    const texts: string[] = [];
    const hearing = wakeUp.subscribe('madang_appended_q', (text) => void texts.push(text));
    await using others = await openWakeUp({
      key: Buffer.alloc(32),
      url: database.url,
      name: 'contract-others',
      log: quietLog,
    });
    await until(
      () => others.publish('madang_appended_q', 'not what is said there') && texts.length > 0,
      'to be heard again',
    );
    hearing.stop();
  });

  test('finds commands without a notification, also where nothing is consumed', async () => {
    await queue.tail(heard.from());
    await storeSilently(2);
    await storeSilently(2);
    await until(() => heard.count === 2, 'both');
    expect(heard.offsets(2)).toEqual([0, 1]);
  });

  test('passes deleted commands, and does not prevent their deletion', async () => {
    for (let index = 0; index < 10; index++) await queue.append(command(keyIn[3]!, index));
    const tail = await queue.tail(heard.from());
    await until(() => heard.count === 10, 'all');
    await queue.trim(3, offset(6));
    expect((await database.pool.query('SELECT FROM commands')).rowCount).toBe(4);
    const later = new Delivered();
    await using other = openPostgresCommandLog({
      pool: database.pool,
      wakeUp,
      queue: 'q',
      partitions: PARTITIONS,
      log,
      timing,
    });
    await other.tail(later.from());
    await until(() => later.count === 4, 'what is left');
    expect(later.offsets(3)).toEqual([6, 7, 8, 9]);
    expect(tail.next(3)).toBe(10);
  });

  test('begins at the start of a recreated log, without a notification', async () => {
    const tail = await queue.tail(heard.from());
    for (let index = 0; index < 3; index++) await queue.append(command(keyIn[1]!, index));
    await until(() => heard.count === 3, 'the old log');
    await database.pool.query('TRUNCATE commands, command_heads');
    await storeSilently(1);
    await until(() => heard.count === 4, 'the new log');
    expect(heard.offsets(1)).toEqual([0, 1, 2, 0]);
    expect(tail.next(1)).toBe(1);
  });

  test('retries while the database refuses, logs it once, and leaves nothing out', async () => {
    await queue.tail(heard.from());
    await queue.append(command(keyIn[0]!));
    await until(() => heard.count === 1, 'the tail to be under way');
    await database.pool.query('ALTER TABLE commands RENAME TO commands_away');
    for (let index = 0; index < 3; index++) await storeSilently(0, 'commands_away');
    await storeSilently(1, 'commands_away');
    await until(() => warnings.length > 0, 'the tail to notice');
    const refused = async (): Promise<number> =>
      (
        await database.pool.query<{ n: number }>(
          'SELECT xact_rollback AS n FROM pg_stat_database WHERE datname = current_database()',
        )
      ).rows[0]!.n;
    const before = await refused();
    await until(async () => (await refused()) >= before + 3, 'the tail to try on');
    await database.pool.query('ALTER TABLE commands_away RENAME TO commands');
    await until(() => heard.count === 5, 'all');
    expect(heard.offsets(0)).toEqual([0, 1, 2, 3]);
    expect(warnings.length).toBe(1);
  });
});
