import { ofDomain } from '../../src/events/event.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { keyOfEvent } from './given.js';
import { randomUUID } from 'node:crypto';
import type { DomainEvent, RecordedEvent } from '../../src/events/event.js';
import type { Partition } from '../../src/engine/domain/ids.js';
import { commandId, offset, streamId, traceId, userId } from '../../src/engine/domain/ids.js';
import type { DecidedBatch, EventFeed } from '../../src/engine/log/event-feed.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { openPostgresEventFeed } from '../../src/engine/postgres/event-feed.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { openDeployment } from '../../src/engine/postgres/settings.js';
import type { WakeUp } from '../../src/engine/postgres/wake-up.js';
import { openWakeUp } from '../../src/engine/postgres/wake-up.js';
import { quietLogger } from './conditions.js';
import type { TestDatabase } from './database.js';
import { createTestDatabase } from './database.js';

const QUEUE = 'written';
/** The name of the connections that write, for tests that cut all the others. */
export const WRITER = 'event-log-writer';

/** An event store and a feed on a database of their own; a test stores and publishes events as a decider would. */
export interface EventLog extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly wakeUp: WakeUp;
  readonly store: EventStore;
  readonly feed: EventFeed;
  /** A feed with a connection of its own, as another process has it. Closed with the log. */
  openFeed(): Promise<EventFeed>;
  /** Stores the events as one batch, one command each, at a time. Only `publish` notifies the feed. */
  commit(partition: Partition, events: readonly DomainEvent[], at?: Date): Promise<DecidedBatch>;
  /** Stores and publishes. */
  write(partition: Partition, events: readonly DomainEvent[]): Promise<readonly RecordedEvent[]>;
}

export async function openEventLog(partitions: number): Promise<EventLog> {
  const database = await createTestDatabase();
  await openDeployment(database.pool, partitions, partitions);
  const store = postgresEventStore(database.pool, MADANG_EVENTS);
  const pen = openPool({ url: database.url, max: 2, name: WRITER });
  const written = postgresEventStore(pen, MADANG_EVENTS);
  const closes: (() => Promise<unknown>)[] = [];
  const next = Array.from({ length: partitions }, () => 0);
  for (let partition = 0; partition < partitions; partition++) await store.checkpoint(QUEUE, partition);

  const open = async (): Promise<{ readonly feed: EventFeed; readonly wakeUp: WakeUp }> => {
    const wakeUp = await openWakeUp({
      key: Buffer.alloc(32),
      url: database.url,
      name: 'event-log-test',
      log: quietLogger,
    });
    const feed = openPostgresEventFeed({
      catalog: MADANG_EVENTS,
      pool: database.pool,
      wakeUp,
      partitions,
      log: quietLogger,
    });
    closes.push(
      () => wakeUp.stop(),
      () => feed.stop(),
    );
    return { feed, wakeUp };
  };
  const { feed, wakeUp } = await open();

  const commit = async (
    partition: Partition,
    events: readonly DomainEvent[],
    at = new Date(),
  ): Promise<DecidedBatch> => {
    const from = next[partition]!;
    next[partition] = from + events.length;
    const result = await written.commit({
      queue: QUEUE,
      partition,
      epoch: store.epochs.current(partition),
      from: offset(from),
      to: offset(from + events.length),
      lastAt: null,
      published: offset(0),
      snapshots: [],
      deadLetters: [],
      outcomes: events.map((event, index) => ({
        commandId: commandId(randomUUID()),
        fingerprint: 'f'.repeat(32),
        userId: userId('ann'),
        traceId: traceId('0'.repeat(32)),
        offset: offset(from + index),
        key: keyOfEvent(event),
        at,
        rejection: null,
        events: [{ stream: streamId(`written-${randomUUID()}`), event, version: 1 }],
      })),
    });
    if (result.status !== 'committed') throw new Error(`writing to partition ${partition}: ${result.status}`);
    return result.batch;
  };

  return {
    database,
    wakeUp,
    store,
    feed,
    openFeed: async () => (await open()).feed,
    commit,
    async write(partition, events) {
      const batch = await commit(partition, events);
      await feed.publish(batch);
      return batch.events.map(ofDomain);
    },
    async [Symbol.asyncDispose]() {
      for (let close = closes.pop(); close; close = closes.pop()) await close();
      await pen.end();
      await database[Symbol.asyncDispose]();
    },
  };
}
