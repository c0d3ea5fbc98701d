import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { RecordedEvent } from '../../src/engine/domain/event.js';
import type { Position } from '../../src/engine/domain/ids.js';
import type { DomainEvent } from '../../src/events/event.js';
import { commandId, offset, position, streamId, userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import type { Commit, EventStore, Outcome } from '../../src/engine/store/event-store.js';
import type { TestDatabase } from '../support/database.js';
import { commitOf, outcome } from '../support/commits.js';
import { until } from '../support/conditions.js';
import { createTestDatabase } from '../support/database.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';

let database: TestDatabase;
let store: EventStore;

beforeAll(async () => {
  database = await createTestDatabase();
  await openDeployment(database.pool, 6, 6);
  store = postgresEventStore(database.pool, MADANG_EVENTS);
});
afterAll(() => database[Symbol.asyncDispose]());

const room = roomId(randomUUID());
const posted = (seq: number): DomainEvent => ({
  type: 'MessagePosted',
  data: { roomId: room, seq, authorId: userId('mina'), body: `안녕 ${seq}` },
});

const commit = (partition: number, from: number, outcomes: readonly Outcome[], more: Partial<Commit> = {}): Commit =>
  commitOf(store, partition, from, outcomes, more);

/** A partition that no other test of this file writes to. */
let nextPartition = 0;
const freshPartition = async (): Promise<number> => {
  const partition = nextPartition++;
  await database.pool.query('INSERT INTO event_heads (partition) VALUES ($1) ON CONFLICT DO NOTHING', [partition]);
  await store.checkpoint('commands', partition);
  return partition;
};
const freshStream = () => streamId(`room-${randomUUID()}`);

test('a checkpoint has the time of the last command of its own queue', async () => {
  const partition = await freshPartition();
  const lastAt = new Date('2026-12-24T18:00:00.123Z');
  expect(await store.checkpoint('commands', partition)).toMatchObject({ lastAt: null });
  await store.commit(commit(partition, 0, [outcome(0, [])], { lastAt }));
  expect(await store.checkpoint('commands', partition)).toMatchObject({ next: 1, lastAt });
  expect(await store.checkpoint('gifticon.requests', partition)).toMatchObject({ next: 0, lastAt: null });
});

test('a batch gets positions without gaps, and comes back as it was', async () => {
  const partition = await freshPartition();
  const stream = freshStream();
  const outcomes = [
    outcome(0, [{ stream, event: posted(1), version: 1 }]),
    { ...outcome(1, []), rejection: { code: 'NOT_A_MEMBER' as const, message: 'no' } },
    outcome(2, [
      { stream, event: posted(2), version: 2 },
      { stream, event: posted(3), version: 3 },
    ]),
  ];
  const result = await store.commit(commit(partition, 0, outcomes));
  if (result.status !== 'committed') throw new Error(result.status);
  expect(result.batch.events.map((event) => event.position)).toEqual([1, 2, 3]);
  expect(result.batch.receipts.map(({ position: at, events }) => [at, events])).toEqual([
    [1, 1],
    [1, 0],
    [3, 2],
  ]);
  expect(await store.readPartition(partition, position(0), 10)).toEqual(result.batch.events);
  expect([...(await store.receipts(outcomes.map((each) => each.commandId))).values()]).toEqual(
    expect.arrayContaining([...result.batch.receipts]),
  );
  const stored = await store.outcomes([...outcomes.map((each) => each.commandId), commandId(randomUUID())]);
  expect(outcomes.map((each) => stored.get(each.commandId))).toEqual(
    result.batch.receipts.map((receipt) => ({
      receipt,
      events: result.batch.events.filter((event) => event.commandId === receipt.commandId),
    })),
  );
  expect(stored.size).toBe(3);
  expect((await store.heads())[partition]).toBe(3);
  expect(await store.checkpoint('commands', partition)).toMatchObject({ next: 3, published: 0 });
  expect((await store.decidedUpTo('commands'))[partition]).toBe(3);
  expect(await store.decidedUpTo('never heard of')).toEqual([]);
});

test('a partition shows how far ahead the clock of its last command was', async () => {
  const [ahead, passed, empty] = [await freshPartition(), await freshPartition(), await freshPartition()];
  const { rows } = await database.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const lastAt = new Date(rows[0]!.now.getTime() + 3_600_000);
  await store.commit(commit(ahead, 0, [outcome(0, [])], { lastAt }));
  await store.commit(commit(passed, 0, [outcome(0, [])], { lastAt: rows[0]!.now }));
  await store.checkpoint('commands', empty);
  const answer = await store.timeAhead('commands');
  // The clock of the database runs on while the test does.
  expect(answer.get(ahead)).toBeGreaterThan(3_600_000 - 60_000);
  expect(answer.get(ahead)).toBeLessThanOrEqual(3_600_000);
  expect(answer.get(passed)).toBeLessThanOrEqual(0);
  expect(answer.has(empty)).toBe(false);
  expect((await store.timeAhead('never heard of')).size).toBe(0);
});

test('a decider that lost its partition stores nothing', async () => {
  const partition = await freshPartition();
  const stream = freshStream();
  await store.commit(commit(partition, 0, [outcome(0, [{ stream, event: posted(1), version: 1 }])]));
  const late = await store.commit(commit(partition, 0, [outcome(0, [{ stream, event: posted(1), version: 2 }])]));
  expect(late.status).toBe('superseded');
  expect(await store.readPartition(partition, position(0), 10)).toHaveLength(1);
});

test('of two deciders that store from the same place at once, one wins', async () => {
  const partition = await freshPartition();
  const results = await Promise.all(
    Array.from({ length: 8 }, () =>
      store.commit(commit(partition, 0, [outcome(0, [{ stream: freshStream(), event: posted(1), version: 1 }])])),
    ),
  );
  expect(results.filter(({ status }) => status === 'committed')).toHaveLength(1);
  expect(await store.readPartition(partition, position(0), 10)).toHaveLength(1);
});

test('two queues that write to one partition share its positions without a gap', async () => {
  const partition = await freshPartition();
  const rounds = 40;
  const write = async (queue: string): Promise<void> => {
    await store.checkpoint(queue, partition);
    for (let at = 0; at < rounds; at++) {
      const stream = freshStream();
      const result = await store.commit(
        commit(partition, at, [outcome(at, [{ stream, event: posted(1), version: 1 }])], { queue }),
      );
      expect(result.status).toBe('committed');
    }
  };
  await Promise.all([write('commands'), write('gifticon.requests'), write('third')]);
  const events = await store.readPartition(partition, position(0), 1_000);
  expect(events.map((event) => Number(event.position))).toEqual(
    Array.from({ length: 3 * rounds }, (_, index) => index + 1),
  );
});

test('a commandId that has a receipt is a conflict, and nothing of the batch is stored', async () => {
  const partition = await freshPartition();
  const first = outcome(0, [{ stream: freshStream(), event: posted(1), version: 1 }]);
  await store.commit(commit(partition, 0, [first]));
  const again = await store.commit(
    commit(partition, 1, [
      outcome(1, [{ stream: freshStream(), event: posted(2), version: 1 }]),
      { ...first, offset: offset(2) },
    ]),
  );
  expect(again).toEqual({ status: 'conflict', on: 'receipt' });
  expect(await store.checkpoint('commands', partition)).toMatchObject({ next: 1 });
  expect(await store.readPartition(partition, position(0), 10)).toHaveLength(1);
});

test('a stream that has moved is a conflict, and nothing of the batch is stored', async () => {
  const partition = await freshPartition();
  const stream = freshStream();
  await store.commit(commit(partition, 0, [outcome(0, [{ stream, event: posted(1), version: 1 }])]));
  expect(await store.commit(commit(partition, 1, [outcome(1, [{ stream, event: posted(1), version: 1 }])]))).toEqual({
    status: 'conflict',
    on: 'stream',
  });
  expect((await store.heads())[partition]).toBe(1);
});

test('of batches that are stored together, a conflict is that of one alone', async () => {
  const [good, bad, other] = [await freshPartition(), await freshPartition(), await freshPartition()];
  const decided = outcome(0, [{ stream: freshStream(), event: posted(1), version: 1 }]);
  await store.commit(commit(bad, 0, [decided]));
  const results = await Promise.all([
    store.commit(commit(good, 0, [outcome(0, [{ stream: freshStream(), event: posted(1), version: 1 }])])),
    store.commit(commit(bad, 1, [{ ...decided, offset: offset(1) }])),
    store.commit(commit(other, 5, [outcome(5, [])])),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['committed', 'conflict', 'superseded']);
  expect(await store.readPartition(good, position(0), 10)).toHaveLength(1);
  expect(await store.checkpoint('commands', bad)).toMatchObject({ next: 1 });
});

test('batches of one partition that come at once are stored one after the other', async () => {
  const partition = await freshPartition();
  const results = await Promise.all([0, 1, 2].map((at) => store.commit(commit(partition, at, [outcome(at, [])]))));
  expect(results.map(({ status }) => status)).toEqual(['committed', 'committed', 'committed']);
  expect(await store.checkpoint('commands', partition)).toMatchObject({ next: 3 });
});

test('a stream is read from its snapshot on', async () => {
  const partition = await freshPartition();
  const stream = freshStream();
  const other = freshStream();
  const events = [1, 2, 3, 4].map((seq) => ({ stream, event: posted(seq), version: seq }));
  await store.commit(
    commit(partition, 0, [outcome(0, events)], { snapshots: [{ stream, version: 3, state: { lastSeq: 3 } }] }),
  );
  const loaded = await store.loadStreams([stream, other]);
  expect(loaded.get(stream)).toMatchObject({
    version: 4,
    snapshot: { version: 3, state: { lastSeq: 3 } },
    events: [{ version: 4 }],
  });
  expect(loaded.get(other)).toEqual({ version: 0, snapshot: null, events: [] });
});

test('an older snapshot never replaces a newer one', async () => {
  const partition = await freshPartition();
  const stream = freshStream();
  await store.commit(commit(partition, 0, [outcome(0, [])], { snapshots: [{ stream, version: 9, state: 9 }] }));
  await store.commit(commit(partition, 1, [outcome(1, [])], { snapshots: [{ stream, version: 5, state: 5 }] }));
  expect((await store.loadStreams([stream])).get(stream)?.snapshot).toEqual({ version: 9, state: 9 });
});

test('outcomes that a crash left unpublished are read again, in order of decision', async () => {
  const partition = await freshPartition();
  const stream = freshStream();
  const outcomes = [0, 1, 2, 3].map((at) => outcome(at, [{ stream, event: posted(at + 1), version: at + 1 }]));
  const committed = await store.commit(commit(partition, 0, outcomes, { published: offset(0) }));
  if (committed.status !== 'committed') throw new Error(committed.status);
  const rest = await store.decidedFrom('commands', partition, offset(1), 2);
  expect(rest?.receipts).toEqual(committed.batch.receipts.slice(1, 3));
  expect(rest?.events).toEqual(committed.batch.events.slice(1, 3));
  await store.markPublished('commands', partition, offset(3));
  expect(await store.checkpoint('commands', partition)).toMatchObject({ next: 4, published: 3 });
});

test('the offset marked as published does not go back, nor beyond decided ones', async () => {
  const partition = await freshPartition();
  await store.commit(commit(partition, 0, [outcome(0, []), outcome(1, []), outcome(2, [])]));
  const publishedAfter = async (mark: number) => {
    await store.markPublished('commands', partition, offset(mark));
    return (await store.checkpoint('commands', partition)).published;
  };
  // A decider that was paused for long records its progress after its successor has begun.
  expect([await publishedAfter(2), await publishedAfter(1), await publishedAfter(9)]).toEqual([2, 2, 3]);
});

test('pages go both ways and join without a gap', async () => {
  const partition = await freshPartition();
  const stream = freshStream();
  const events = Array.from({ length: 25 }, (_, index) => ({ stream, event: posted(index + 1), version: index + 1 }));
  await store.commit(commit(partition, 0, [outcome(0, events)]));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (limit) => {
      const forward: number[] = [];
      for (;;) {
        const page = await store.readPartition(partition, position(forward.at(-1) ?? 0), limit);
        if (page.length === 0) break;
        forward.push(...page.map((event) => event.position));
      }
      const backward: number[] = [];
      for (;;) {
        const page = await store.readPartitionBack(partition, position(backward.at(-1) ?? 26), limit);
        if (page.length === 0) break;
        backward.push(...page.map((event) => event.position));
      }
      const [{ key }] = (await store.readPartition(partition, position(0), 1)) as [RecordedEvent];
      const ofKey: Position[] = [];
      for (;;) {
        const page = await store.readKeyEntriesBack(partition, key, ofKey.at(-1) ?? null, limit);
        if (page.length === 0) break;
        ofKey.push(...page.map((entry) => entry.position));
      }
      expect(forward).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
      expect(backward).toEqual(forward.toReversed());
      expect(ofKey).toEqual(backward);
      expect(await store.readKeyEntriesBack(partition, 'another key', null, limit)).toEqual([]);
    }),
    { numRuns: 10 },
  );
  const places = await store.readPositions(partition, [position(17), position(3), position(99)]);
  expect(places.map((event) => event.position)).toEqual([3, 17]);
});

test('a dead letter is kept once, for any number of its record’s deliveries', async () => {
  const partition = await freshPartition();
  const letter = { source: 'commands', partition, place: 0, key: null, reason: 'not JSON', payload: '\u{1f381} {' };
  await store.commit(commit(partition, 0, [], { to: offset(1), deadLetters: [letter] }));
  await store.commit(commit(partition, 1, [], { to: offset(2), deadLetters: [letter] }));
  const { rows } = await database.pool.query(
    'SELECT source, place, reason, payload FROM dead_letters WHERE partition = $1',
    [partition],
  );
  expect(rows).toEqual([{ source: 'commands', place: 0, reason: 'not JSON', payload: '\u{1f381} {' }]);
});

test('settings are created once, by the first process; other partitions are refused', async () => {
  await using fresh = await createTestDatabase();
  const opened = await Promise.all(Array.from({ length: 6 }, () => openDeployment(fresh.pool, null, 6)));
  expect(new Set(opened.map(({ logId }) => logId)).size).toBe(1);
  expect(opened[0]).toMatchObject({ partitions: 6 });
  await expect(openDeployment(fresh.pool, 12, 6)).rejects.toMatchObject({ code: 'PARTITIONS_CHANGED' });
});

/** Sessions of this database that wait for another session's transaction. */
const waiting = async (): Promise<number> => {
  const { rows } = await database.pool.query<{ n: number }>(
    'SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = current_database() ' +
      "AND wait_event_type = 'Lock' AND wait_event = 'transactionid'",
  );
  return rows[0]!.n;
};

test('two partitions that meet commands in another order do not deadlock', async () => {
  const [here, there] = [await freshPartition(), await freshPartition()];
  const ids = ['1', '5', '9'].map((digit) => commandId(`00000000-0000-7000-8000-00000000000${digit}`));
  const withIds = (order: readonly number[]) =>
    order.map((which, at) => ({ ...outcome(at, []), commandId: ids[which]! }));
  // Another session holds the one in the middle until both have begun: each holds its own first one.
  const other = await database.pool.connect();
  try {
    await other.query('BEGIN');
    await other.query(
      `INSERT INTO receipts (command_id, fingerprint, user_id, trace_id, queue, key, partition, command_offset,
        position, events, decided_at)
       VALUES ($1, 'f', 'u', 't', 'other', 'k', 0, 0, 0, 0, now())`,
      [ids[1]],
    );
    const both = Promise.allSettled([
      store.commit(commit(here, 0, withIds([0, 1, 2]))),
      store.commit(commit(there, 0, withIds([2, 1, 0]))),
    ]);
    await until(async () => (await waiting()) === 2, 'both wait');
    await other.query('ROLLBACK');
    const results = (await both).map((result) =>
      result.status === 'fulfilled' ? result.value.status : (result.reason as Error).message,
    );
    expect(results.sort()).toEqual(['committed', 'conflict']);
  } finally {
    other.release();
  }
});
