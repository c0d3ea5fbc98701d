import { commandDefinition } from '../../src/commands/registry.js';
import { ofDomain } from '../../src/events/event.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { CommandEnvelope } from '../../src/engine/domain/envelope.js';
import type { Receipt } from '../../src/engine/domain/receipt.js';
import type { Partition } from '../../src/engine/domain/ids.js';
import { commandId, position, traceId, userId } from '../../src/engine/domain/ids.js';
import { createMetrics } from '../../src/metrics.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { openPostgresCommandLog } from '../../src/engine/postgres/command-log.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { openPostgresEventFeed } from '../../src/engine/postgres/event-feed.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import type { CommandLog } from '../../src/engine/log/command-log.js';
import { LogError } from '../../src/engine/log/command-log.js';
import type { DecidedBatch, EventFeed } from '../../src/engine/log/event-feed.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { startDecider } from '../../src/engine/decider/decider.js';
import type { Pace } from '../../src/engine/decider/pacing.js';
import { unpaced } from '../../src/engine/decider/pacing.js';
import { createTestDatabase } from '../support/database.js';
import { quietLogger, until } from '../support/conditions.js';

const PARTITIONS = 3;

const command = (type: string, key: string, data: unknown, more: Partial<CommandEnvelope> = {}): CommandEnvelope => ({
  commandId: commandId(randomUUID()),
  type,
  schema: 1,
  key,
  userId: userId('mina'),
  traceId: traceId('a'.repeat(32)),
  at: new Date().toISOString(),
  data,
  ...more,
});
const createRoom = (roomId: string, more: Partial<CommandEnvelope> = {}) =>
  command('CreateRoom', roomId, { roomId, title: '마당' }, more);
const send = (roomId: string, body: string, more: Partial<CommandEnvelope> = {}) =>
  command('SendMessage', roomId, { roomId, body }, more);

/** A command log, a feed and deciders on a database of their own. */
async function openSite() {
  const database = await createTestDatabase();
  await openDeployment(database.pool, PARTITIONS, PARTITIONS);
  const wakeUp = await openWakeUp({ url: database.url, name: 'decider-test', log: quietLogger });
  const engine = { pool: database.pool, wakeUp, partitions: PARTITIONS, log: quietLogger };
  const log = openPostgresCommandLog({ ...engine, queue: 'commands' });
  const feed = openPostgresEventFeed({ ...engine, catalog: MADANG_EVENTS });
  const store = postgresEventStore(database.pool, MADANG_EVENTS);
  const metrics = createMetrics();
  const deadLetters = postgresDeadLetters({ pool: database.pool, logger: quietLogger, metrics });
  const published: DecidedBatch[] = [];
  const follower = await feed.follow({ onBatch: (batch) => void published.push(batch) });

  const receipts = (): readonly Receipt[] => published.flatMap((batch) => batch.receipts);
  return {
    database,
    log,
    feed,
    store,
    metrics,
    published,
    receipts,
    parts: { commands: commandDefinition, store, feed, deadLetters, isTransient, logger: quietLogger, metrics },
    openLog: (timing: { readonly drainMs: number; readonly forceMs: number }) =>
      openPostgresCommandLog({ ...engine, ...timing, queue: 'commands' }),
    startDecider: (eventStore: EventStore = store) =>
      startDecider({
        commands: commandDefinition,
        log,
        store: eventStore,
        feed,
        deadLetters,
        isTransient,
        logger: quietLogger,
        metrics,
      }),
    async outcomes(commands: readonly CommandEnvelope[]): Promise<readonly Receipt[]> {
      const stored = async () => store.receipts(commands.map((each) => each.commandId));
      await until(
        async () => (await stored()).size === new Set(commands.map((each) => each.commandId)).size,
        'every command has a receipt',
      );
      const found = await stored();
      return commands.map((each) => found.get(each.commandId)!);
    },
    async [Symbol.asyncDispose]() {
      await follower.stop();
      await log.stop();
      await feed.stop();
      await wakeUp.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}

test('commands of a room are decided and their outcomes published in log order', async () => {
  await using site = await openSite();
  await using decider = await site.startDecider();
  const room = randomUUID();
  const commands = [createRoom(room), ...Array.from({ length: 50 }, (_, index) => send(room, `${index}`))];
  for (const each of commands) await site.log.append(each);
  const receipts = await site.outcomes(commands);
  expect(receipts.every(({ rejection }) => rejection === null)).toBe(true);
  const events = (await site.store.readKey(partitionOf(room, PARTITIONS), room, position(0), 1_000)).map(ofDomain);
  const bodies = events.flatMap(({ event }) =>
    event.type === 'MessagePosted' ? [[event.data.seq, event.data.body]] : [],
  );
  expect(bodies).toEqual(Array.from({ length: 50 }, (_, index) => [index + 1, `${index}`]));
  await until(() => site.receipts().length === commands.length, 'every receipt is published');
  expect(site.receipts().map((receipt) => receipt.commandId)).toEqual(commands.map((each) => each.commandId));
  expect(decider.owned()).toHaveLength(PARTITIONS);
});

test('a second run of the same command gives the first receipt again', async () => {
  await using site = await openSite();
  await using _ = await site.startDecider();
  const room = randomUUID();
  const message = send(room, 'once');
  await site.log.append(createRoom(room));
  await site.log.append(message);
  const [first] = await site.outcomes([message]);
  await site.log.append(message);
  await site.log.append(message);
  await until(
    () => site.receipts().filter((receipt) => receipt.commandId === message.commandId).length === 3,
    'the receipt is announced for each run',
  );
  const announced = site.receipts().filter((receipt) => receipt.commandId === message.commandId);
  expect(announced.every((receipt) => receipt.position === first!.position && receipt.rejection === null)).toBe(true);
  const events = (await site.store.readKey(partitionOf(room, PARTITIONS), room, position(0), 100)).map(ofDomain);
  expect(events.filter(({ event }) => event.type === 'MessagePosted')).toHaveLength(1);
});

test('a repeat in the same batch is decided once', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const message = send(room, 'once');
  for (const each of [createRoom(room), message, message, send(room, 'twice'), message]) await site.log.append(each);
  await using _ = await site.startDecider();
  await site.outcomes([message]);
  await until(
    async () => (await site.store.checkpoint('postgres:commands', partitionOf(room, PARTITIONS))).next === 5,
    'the whole batch is decided',
  );
  const events = (await site.store.readKey(partitionOf(room, PARTITIONS), room, position(0), 100)).map(ofDomain);
  expect(events.flatMap(({ event }) => (event.type === 'MessagePosted' ? [event.data.body] : []))).toEqual([
    'once',
    'twice',
  ]);
});

test('an undecidable command gets an outcome and a dead letter; the others go on', async () => {
  await using site = await openSite();
  await using _ = await site.startDecider();
  const room = randomUUID();
  const unknown = command('Dance', room, {});
  const newer = send(room, 'from tomorrow', { schema: 99 });
  const misfit = command('SendMessage', room, { roomId: room, body: 42 });
  const elsewhere = send(randomUUID(), 'in another partition', { key: room });
  const commands = [createRoom(room), unknown, newer, misfit, elsewhere, send(room, 'goes on')];
  for (const each of commands) await site.log.append(each);
  const partition = partitionOf(room, PARTITIONS);
  await site.database.pool
    .query(
      `INSERT INTO commands (queue, partition, "offset", key, command_id, payload)
        SELECT queue, partition, next_offset, $1, gen_random_uuid(), 'not { JSON'
     FROM command_heads WHERE queue = 'commands' AND partition = $2`,
      [room, partition],
    )
    .then(() =>
      site.database.pool.query(
        `UPDATE command_heads SET next_offset = next_offset + 1 WHERE queue = 'commands' AND partition = $1`,
        [partition],
      ),
    );
  const last = send(room, 'after junk');
  await site.log.append(last);
  const receipts = await site.outcomes([...commands, last]);
  expect(receipts.map(({ rejection }) => rejection?.code ?? 'ok')).toEqual([
    'ok',
    'MALFORMED_COMMAND',
    'MALFORMED_COMMAND',
    'MALFORMED_COMMAND',
    'MALFORMED_COMMAND',
    'ok',
    'ok',
  ]);
  const { rows } = await site.database.pool.query('SELECT place, reason FROM dead_letters ORDER BY place');
  expect(rows.map((row: { reason: string }) => row.reason)).toEqual([
    expect.stringContaining('Dance is unknown'),
    expect.stringContaining('schema 99'),
    expect.stringContaining('does not fit its schema'),
    expect.stringContaining('partitioned by'),
    expect.stringContaining('not JSON'),
  ]);
});

test('a command that nests deeper than a stack is passed with a dead letter', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const first = createRoom(room);
  await site.log.append(first);
  const payload = JSON.stringify(send(room, '?')).replace('"?"', '['.repeat(40_000) + ']'.repeat(40_000));
  await site.database.pool.query(
    `WITH head AS (UPDATE command_heads SET next_offset = next_offset + 1 WHERE queue = 'commands' AND partition = $2
      RETURNING *)
     INSERT INTO commands (queue, partition, "offset", key, command_id, payload)
       SELECT queue, partition, next_offset - 1, $1, gen_random_uuid(), $3 FROM head`,
    [room, partitionOf(room, PARTITIONS), payload],
  );
  const last = send(room, 'goes on');
  await site.log.append(last);
  await using _ = await site.startDecider();
  expect((await site.outcomes([first, last])).map(({ rejection }) => rejection?.code ?? 'ok')).toEqual(['ok', 'ok']);
  const { rows } = await site.database.pool.query('SELECT place, key, reason FROM dead_letters');
  expect(rows).toEqual([{ place: 1, key: room, reason: 'not a command: it nests deeper than 64 levels' }]);
});

test('a command that the database never takes is isolated from its batch', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const commands = [
    createRoom(room),
    ...Array.from({ length: 20 }, (_, index) => send(room, index === 13 ? 'poison' : `${index}`)),
  ];
  for (const each of commands) await site.log.append(each);
  await site.database.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one' USING ERRCODE = '22023';
      END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW
      WHEN (NEW.data->>'body' = 'poison') EXECUTE FUNCTION refuse()`);
  await using _ = await site.startDecider();
  const receipts = await site.outcomes(commands);
  expect(receipts.map(({ rejection }) => rejection?.code ?? 'ok')).toEqual(
    commands.map((_each, index) => (index === 14 ? 'COMMAND_FAILED' : 'ok')),
  );
  const events = (await site.store.readKey(partitionOf(room, PARTITIONS), room, position(0), 100)).map(ofDomain);
  const seqs = events.flatMap(({ event }) => (event.type === 'MessagePosted' ? [event.data.seq] : []));
  expect(seqs).toEqual(Array.from({ length: 19 }, (_each, index) => index + 1));
});

test('a commit whose answer was lost is not stored twice', async () => {
  await using site = await openSite();
  let lost = 0;
  const forgetful: EventStore = {
    ...site.store,
    async commit(batch) {
      const result = await site.store.commit(batch);
      if (batch.outcomes.length > 0 && lost++ < 2)
        throw Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });
      return result;
    },
  };
  await using _ = await site.startDecider(forgetful);
  const room = randomUUID();
  const commands = [createRoom(room), ...Array.from({ length: 30 }, (_each, index) => send(room, `${index}`))];
  for (const each of commands) {
    await site.log.append(each);
    if (lost < 2) await site.outcomes([each]);
  }
  await site.outcomes(commands);
  const events = (await site.store.readKey(partitionOf(room, PARTITIONS), room, position(0), 100)).map(ofDomain);
  expect(events.flatMap(({ event }) => (event.type === 'MessagePosted' ? [event.data.body] : []))).toEqual(
    Array.from({ length: 30 }, (_each, index) => `${index}`),
  );
  await until(
    () => new Set(site.receipts().map((receipt) => receipt.commandId)).size === commands.length,
    'what was stored without an answer is published too',
  );
  expect(lost).toBeGreaterThan(2);
});

test('a batch that was committed and never published is published by the next owner', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const partition = partitionOf(room, PARTITIONS);
  const commands = [createRoom(room), send(room, '1'), send(room, '2')];
  for (const each of commands) await site.log.append(each);
  {
    await using _ = await site.startDecider();
    await site.outcomes(commands);
  }
  await site.database.pool.query('UPDATE command_checkpoints SET published_offset = 1 WHERE partition = $1', [
    partition,
  ]);
  site.published.length = 0;
  await using _ = await site.startDecider();
  await until(() => site.receipts().length === 2, 'the two unpublished outcomes come again');
  expect(site.receipts().map((receipt) => receipt.commandId)).toEqual(commands.slice(1).map((each) => each.commandId));
  await until(
    async () => (await site.store.checkpoint('postgres:commands', partition)).published === 3,
    'it is noted that all is published',
  );
});

test.each([200, 201, 401])(
  '%i outcomes that were never published are published by the next owner, in order',
  async (count) => {
    await using site = await openSite();
    const room = randomUUID();
    const partition = partitionOf(room, PARTITIONS);
    const commands = [createRoom(room), ...Array.from({ length: count }, (_, n) => send(room, `${n + 1}`))];
    await site.log.append(commands[0]!);
    await Promise.all(commands.slice(1).map((each) => site.log.append(each)));
    {
      await using _ = await site.startDecider();
      await site.outcomes(commands);
    }
    await site.database.pool.query('UPDATE command_checkpoints SET published_offset = 1 WHERE partition = $1', [
      partition,
    ]);
    site.published.length = 0;
    await using _ = await site.startDecider();
    await until(
      async () => (await site.store.checkpoint('postgres:commands', partition)).published === count + 1,
      'it is noted that all is published',
    );
    await until(() => site.receipts().length >= count, 'all that was published is heard of');
    expect(site.receipts().map(({ offset }) => offset)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    expect(site.published.flatMap(({ events }) => events.map(({ position: at }) => at))).toEqual(
      Array.from({ length: count }, (_, n) => n + 3),
    );
  },
);

test('a batch stored while the feed still takes the one before is published behind it', async () => {
  await using site = await openSite();
  const asked: number[] = [];
  let takes: () => void = () => undefined;
  const taken = new Promise<void>((resolve) => (takes = resolve));
  const slow: EventFeed = {
    ...site.feed,
    async publish(batch) {
      asked.push(...batch.receipts.map(({ offset: at }) => Number(at)));
      if (asked.length === 1) await taken;
      await site.feed.publish(batch);
    },
  };
  await using _ = await startDecider({ ...site.parts, log: site.log, feed: slow });
  const room = randomUUID();
  const commands = [createRoom(room), ...Array.from({ length: 3 }, (_each, index) => send(room, `${index}`))];
  for (const each of commands) {
    await site.log.append(each);
    await site.outcomes([each]);
  }
  // Three batches are behind the first; it is not known whether the last one was handed over already.
  expect(asked).toEqual([0]);
  takes();
  await until(() => site.receipts().length === commands.length, 'every receipt is published');
  expect(site.receipts().map(({ offset: at }) => at)).toEqual([0, 1, 2, 3]);
  expect(site.published.flatMap(({ events }) => events.map(({ position: at }) => at))).toEqual([1, 2, 3, 4, 5]);
});

test('a stream that another writer moved is read anew at the first conflict', async () => {
  await using site = await openSite();
  const statuses: string[] = [];
  const watched: EventStore = {
    ...site.store,
    async commit(batch) {
      const result = await site.store.commit(batch);
      if (batch.outcomes.length > 0) statuses.push(result.status);
      return result;
    },
  };
  await using _ = await site.startDecider(watched);
  const room = randomUUID();
  const partition = partitionOf(room, PARTITIONS);
  const [opened, first, second] = [createRoom(room), send(room, 'first'), send(room, 'third')];
  for (const each of [opened, first]) await site.log.append(each);
  await site.outcomes([opened, first]);
  statuses.length = 0;
  // Without the knowledge of the decider, which holds the room in memory.
  const { pool } = site.database;
  await pool.query(
    `WITH head AS (UPDATE event_heads SET head = head + 1 WHERE partition = $1 RETURNING head)
     INSERT INTO events SELECT e.partition, head.head, e.key, e.stream, e.version + 1, e.type, e.schema,
       e.data || '{"seq":2,"body":"second"}', gen_random_uuid(), e.trace_id, e.at
     FROM head, events e WHERE e.partition = $1 AND e.type = 'MessagePosted'`,
    [partition],
  );
  await site.log.append(second);
  const [receipt] = await site.outcomes([second]);
  expect(receipt!.rejection).toBeNull();
  expect(statuses).toEqual(['conflict', 'committed']);
  const events = (await site.store.readKey(partition, room, position(0), 100)).map(ofDomain);
  expect(
    events.flatMap(({ event }) => (event.type === 'MessagePosted' ? [[event.data.seq, event.data.body]] : [])),
  ).toEqual([
    [1, 'first'],
    [2, 'second'],
    [3, 'third'],
  ]);
});

test('unpublished decisions of a log made anew are published by the next decider', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const partition = partitionOf(room, PARTITIONS);
  const before = [createRoom(room), ...Array.from({ length: 5 }, (_each, index) => send(room, `${index}`))];
  for (const each of before) await site.log.append(each);
  {
    await using _ = await site.startDecider();
    await site.outcomes(before);
    await until(() => site.receipts().length === before.length, 'all of it is published');
  }
  await site.database.pool.query('TRUNCATE commands, command_heads, command_progress');
  const away: EventFeed = {
    ...site.feed,
    publish: () => Promise.reject(new LogError('LOG_UNAVAILABLE', 'the feed is away')),
  };
  const after = send(room, 'new');
  await site.log.append(after);
  {
    await using _ = await startDecider({ ...site.parts, log: site.log, feed: away });
    await site.outcomes([after]);
  }
  expect(await site.store.checkpoint('postgres:commands', partition)).toMatchObject({ next: 1, published: 0 });
  site.published.length = 0;
  await using _ = await site.startDecider();
  await until(() => site.receipts().some(({ commandId: id }) => id === after.commandId), 'it is published');
});

test('a decider that waits for an absent feed releases its partitions on a stop', async () => {
  await using site = await openSite();
  const away: EventFeed = {
    ...site.feed,
    publish: () => Promise.reject(new LogError('LOG_UNAVAILABLE', 'the feed is away')),
  };
  const oneByOne: Pace = {
    ...unpaced,
    admit: (_partition, _wanted, signal) => Promise.resolve(signal.aborted ? 0 : 1),
  };
  const ended: Partition[] = [];
  // The issuer has as little time.
  const log = site.openLog({ drainMs: 50, forceMs: 5_000 });
  const consume: CommandLog['consume'] = ({ handler, ...options }) =>
    log.consume({
      ...options,
      handler: {
        ...handler,
        revoked: async (partition) => (await handler.revoked(partition), void ended.push(partition)),
      },
    });
  const decider = await startDecider({ ...site.parts, log: { ...log, consume }, feed: away, pace: oneByOne });
  const roomId = randomUUID();
  const commands = [createRoom(roomId), ...Array.from({ length: 39 }, (_, index) => send(roomId, `${index}`))];
  await Promise.all(commands.map((each) => log.append(each)));
  const decided = async (): Promise<number> => (await site.store.receipts(commands.map((each) => each.commandId))).size;
  await until(async () => (await decided()) === 20, 'as many as may wait for the feed are decided');
  await decider.stop();
  expect(ended.sort()).toEqual([0, 1, 2]);
  expect(await decided()).toBe(20);
  await log.stop();
});

test('a log that was made anew is decided from its start, and old outcomes stay', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const partition = partitionOf(room, PARTITIONS);
  const before = [createRoom(room), ...Array.from({ length: 5 }, (_each, index) => send(room, `${index}`))];
  for (const each of before) await site.log.append(each);
  {
    await using _ = await site.startDecider();
    await site.outcomes(before);
  }
  await site.database.pool.query('TRUNCATE commands, command_heads, command_progress');
  const after = [before[2]!, send(room, 'new')];
  for (const each of after) await site.log.append(each);
  await using _ = await site.startDecider();
  const [again, fresh] = await site.outcomes(after);
  expect(again!.offset).toBe(2);
  expect(fresh!.offset).toBe(1);
  await until(
    () => site.receipts().some((receipt) => receipt.commandId === after[1]!.commandId),
    'the new outcome is published',
  );
  expect(await site.store.checkpoint('postgres:commands', partition)).toMatchObject({ next: 2 });
  const events = (await site.store.readKey(partition, room, position(0), 100)).map(ofDomain);
  expect(events.flatMap(({ event }) => (event.type === 'MessagePosted' ? [event.data.body] : []))).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    'new',
  ]);
});

test('a stream that a newer program wrote waits for a decider that can read it', async () => {
  await using site = await openSite();
  const room = randomUUID();
  const partition = partitionOf(room, PARTITIONS);
  const opened = createRoom(room);
  await site.log.append(opened);
  {
    await using _ = await site.startDecider();
    await site.outcomes([opened]);
  }
  const { pool } = site.database;
  await pool.query(
    `INSERT INTO events SELECT partition, position + 100, key, stream, 2, 'RoomPainted', 1, '{}', gen_random_uuid(),
      trace_id, at
     FROM events WHERE type = 'RoomCreated' AND key = $1`,
    [room],
  );
  let tries = 0;
  const counting: EventStore = {
    ...site.store,
    loadStreams(streams) {
      tries++;
      return site.store.loadStreams(streams);
    },
  };
  let other = randomUUID();
  while (partitionOf(other, PARTITIONS) !== partition) other = randomUUID();
  // One batch, of which only the last command has to wait.
  const [beside, message] = [createRoom(other), send(room, 'waits')];
  await Promise.all([site.log.append(beside), site.log.append(message)]);
  await using _ = await site.startDecider(counting);
  expect((await site.outcomes([beside]))[0]!.rejection).toBeNull();
  await until(() => tries >= 3, 'the decider comes back to it');
  expect((await site.store.receipts([message.commandId])).size).toBe(0);
  await pool.query(`DELETE FROM events WHERE type = 'RoomPainted'`);
  const [receipt] = await site.outcomes([message]);
  expect(receipt!.rejection).toBeNull();
  expect(await site.store.checkpoint('postgres:commands', partition)).toMatchObject({ next: 3 });
});

test('many deciders at once, and repeats: each command has one effect, in log order', async () => {
  await using site = await openSite();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 20, maxLength: 80 }), async (picks) => {
      const room = randomUUID();
      const messages = Array.from({ length: 31 }, (_each, index) => send(room, `${index}`));
      await site.log.append(createRoom(room));
      const deciders = await Promise.all([site.startDecider(), site.startDecider()]);
      for (const pick of picks) await site.log.append(messages[pick]!);
      const sent = [...new Set(picks)].map((pick) => messages[pick]!);
      await site.outcomes(sent);
      await Promise.all(deciders.map((decider) => decider.stop()));
      const events = (await site.store.readKey(partitionOf(room, PARTITIONS), room, position(0), 1_000)).map(ofDomain);
      const posted = events.flatMap(({ event }) => (event.type === 'MessagePosted' ? [event.data] : []));
      expect(posted.map(({ seq }) => seq)).toEqual(sent.map((_each, index) => index + 1));
      expect(posted.map(({ body }) => body)).toEqual([...new Set(picks)].map(String));
    }),
    { numRuns: 5 },
  );
});
