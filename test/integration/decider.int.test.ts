import { ofDomain } from '../../src/events/event.js';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { position } from '../../src/engine/domain/ids.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { until } from '../support/conditions.js';
import { PARTITIONS, command, createRoom, send, openSite } from '../support/published-decisions.js';

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
  const { rows } = await site.database.pool.query('SELECT place, key, reason FROM dead_letters');
  expect(rows).toEqual([{ place: 14, key: room, reason: 'storing its outcome failed: not this one' }]);
  expect((await site.metrics.commandsRejected.get()).values).toMatchObject([
    { labels: { type: 'SendMessage', code: 'COMMAND_FAILED' }, value: 1 },
  ]);
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
