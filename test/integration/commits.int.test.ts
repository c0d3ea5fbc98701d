import { randomUUID } from 'node:crypto';
import type { CommandId, Offset } from '../../src/engine/domain/ids.js';
import { offset, spanId, streamId, userId } from '../../src/engine/domain/ids.js';
import { engineRejection } from '../../src/engine/domain/receipt.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import type { CommitResult, EventStore } from '../../src/engine/store/event-store.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import type { DomainEvent } from '../../src/events/event.js';
import { until } from '../support/conditions.js';
import { commitOf, outcome } from '../support/commits.js';
import type { TestDatabase } from '../support/database.js';
import { createTestDatabase } from '../support/database.js';
import { ROOM } from '../support/room-events.js';

// What batches of several partitions in one statement, and a queue that counts, store.

const PARTITIONS = 2;
const QUEUE = 'embedded:counted';

let database: TestDatabase;
let store: EventStore;
beforeEach(async () => {
  database = await createTestDatabase();
  await openDeployment(database.pool, PARTITIONS, PARTITIONS);
  store = postgresEventStore(database.pool, MADANG_EVENTS);
  // In the other order: the statement finds the checkpoints as they stand in the table.
  for (let partition = PARTITIONS - 1; partition >= 0; partition--)
    for (const queue of ['commands', QUEUE]) await store.checkpoint(queue, partition);
});
afterEach(() => database[Symbol.asyncDispose]());

const posted: DomainEvent = {
  type: 'MessagePosted',
  data: { roomId: ROOM, seq: 1, authorId: userId('mina'), body: '안녕' },
};
const statusOf = ({ status }: CommitResult): string => status;
const numbersOf = (result: CommitResult): readonly unknown[] =>
  result.status === 'committed' ? result.batch.receipts.map(({ number }) => number) : [];
const counted = (key: string, ...offsets: number[]) => offsets.map((at) => ({ key, offset: offset(at) }));

test('a batch that lost its partition stores nothing beside one that is stored', async () => {
  const [mine, lost] = [streamId('mine'), streamId('lost')];
  const batch = (partition: number, from: number, stream = mine) =>
    commitOf(store, partition, from, [outcome(from, [{ stream, event: posted, version: 1 }])], {
      queue: QUEUE,
      snapshots: [{ stream, version: 1, state: { of: stream } }],
      deadLetters: [{ source: QUEUE, partition, place: from, key: null, reason: 'not JSON', payload: stream }],
      counted: counted(stream, from),
    });
  const results = await Promise.all([store.commit(batch(0, 0)), store.commit(batch(1, 5, lost))]);
  expect(results.map(statusOf)).toEqual(['committed', 'superseded']);
  expect(await store.heads()).toEqual([1, 0]);
  const streams = await store.loadStreams([mine, lost]);
  expect([streams.get(mine)!.snapshot, streams.get(lost)]).toEqual([
    { version: 1, state: { of: mine } },
    { version: 0, snapshot: null, events: [] },
  ]);
  const { rows } = await database.pool.query<{ payload: string }>('SELECT payload FROM dead_letters');
  expect(rows).toEqual([{ payload: mine }]);
  const counts = await store.decidedCounts(
    QUEUE,
    [mine, lost].map((key) => ({ key, partition: 0 })),
  );
  expect([counts.get(mine)!.decided, counts.get(lost)!.decided]).toEqual([1, 0]);
});

test('commands are numbered by key over the batches, repetitions counted', async () => {
  const commit = (from: number, to: number, keys: Readonly<Record<string, readonly number[]>>, decided: number[]) =>
    store.commit(
      commitOf(
        store,
        0,
        from,
        decided.map((at) =>
          outcome(
            at,
            [],
            Object.keys(keys).find((key) => keys[key]!.includes(at)),
          ),
        ),
        {
          queue: QUEUE,
          to: offset(to),
          counted: Object.entries(keys)
            .flatMap(([key, offsets]) => counted(key, ...offsets))
            .toSorted((a, b) => a.offset - b.offset),
        },
      ),
    );
  // The records at 2 and 3 are repetitions, and have no outcome of their own.
  const first = await commit(0, 5, { spring: [0, 2, 4], autumn: [1, 3] }, [0, 1, 4]);
  const second = await commit(5, 8, { spring: [6], autumn: [5, 7] }, [5, 6, 7]);
  expect([numbersOf(first), numbersOf(second)]).toEqual([
    [1, 1, 3],
    [3, 4, 4],
  ]);
  const stored = await database.pool.query<{ number: number }>('SELECT number FROM receipts ORDER BY command_offset');
  expect(stored.rows.map(({ number }) => number)).toEqual([1, 1, 3, 3, 4, 4]);
  const counts = await store.decidedCounts(
    QUEUE,
    ['spring', 'autumn'].map((key) => ({ key, partition: 0 })),
  );
  expect(Object.fromEntries(counts)).toEqual({
    spring: { decided: 4, next: 8 },
    autumn: { decided: 4, next: 8 },
  });
});

test('an event carries the span of its sampled command', async () => {
  const stream = streamId('sampled');
  const event = (version: number) => [{ stream, event: posted, version }];
  const sampled = { ...outcome(0, event(1)), span: spanId('00f067aa0ba902b7') };
  const result = await store.commit(commitOf(store, 0, 0, [sampled, outcome(1, event(2))]));
  if (result.status !== 'committed') throw new Error(result.status);
  expect(result.batch.events.map((each) => each.span)).toEqual(['00f067aa0ba902b7', undefined]);
  expect(result.batch.events[1]).not.toHaveProperty('span');
});

test('only a provisional receipt of an earlier try is withdrawn', async () => {
  const [provisional, final] = [engineRejection('NOT_YET'), engineRejection('COMMAND_FAILED')];
  const outcomes = [provisional, final].map((rejection, at) => ({ ...outcome(at), rejection }));
  await store.commit(commitOf(store, 0, 0, outcomes));
  const ids = outcomes.map(({ commandId }) => commandId);
  const left = async (before: Offset): Promise<readonly CommandId[]> => {
    await store.withdraw(
      'commands',
      ids.map((commandId) => ({ commandId, before })),
    );
    return [...(await store.receipts(ids)).keys()];
  };
  expect((await left(offset(0))).toSorted()).toEqual(ids.toSorted());
  expect(await left(offset(9))).toEqual([ids[1]]);
});

test.each([
  ['in their order', [0, 1]],
  ['in the other order', [1, 0]],
])('partitions that are stored together, %s, are locked in their order', async (_, order) => {
  const other = await database.pool.connect();
  try {
    await other.query('BEGIN');
    await other.query('SELECT FROM event_heads WHERE partition = 1 FOR UPDATE');
    const event = () => [{ stream: streamId(randomUUID()), event: posted, version: 1 }];
    const both = Promise.all(
      order.map((partition) => store.commit(commitOf(store, partition, 0, [outcome(9, event())]))),
    );
    await until(async () => {
      const free = await database.pool.query('SELECT FROM event_heads WHERE partition = 0 FOR UPDATE SKIP LOCKED');
      return free.rowCount === 0;
    }, 'the first one is locked, while they wait for the second');
    await other.query('ROLLBACK');
    expect((await both).map(statusOf)).toEqual(['committed', 'committed']);
  } finally {
    other.release();
  }
});
