import type pg from 'pg';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import { pause } from '../runtime/retry.js';
import type { PartitionFollower } from '../log/partition-follower.js';
import { followPartition, growthOf } from '../log/partition-follower.js';
import { LogError } from '../log/command-log.js';
import type { EventFeed, Follower, FollowOptions, FeedBatch } from '../log/event-feed.js';
import { DECIDED, batchText, feedBatchOfText } from './batch-text.js';
import type { GroupTiming } from './group.js';
import { DEFAULT_TIMING, joinGroup } from './group.js';
import type { WakeUp } from './wake-up.js';

export interface PostgresEventFeedOptions {
  readonly pool: pg.Pool;
  readonly wakeUp: WakeUp;
  readonly catalog: EventCatalog;
  readonly partitions: number;
  readonly log: EngineLogger;
  readonly timing?: GroupTiming;
}

/** Bounds the reads for notifications, however many come. */
const ASK_EVERY_MS = 25;

const HEADS = 'SELECT partition::int AS partition, head FROM event_heads';

/**
 * Followers in the same process get decided batches in full and at once. Other processes are notified: of a small batch
 * in full, of a large one by its head, and then read the event store. The caller owns the pool and the wake-up, and
 * stops the feed first.
 */
export function openPostgresEventFeed({
  pool,
  wakeUp,
  catalog,
  partitions,
  log,
  timing = DEFAULT_TIMING,
}: PostgresEventFeedOptions): EventFeed {
  const followers = new Set<{
    readonly follower: Follower;
    readonly parts: ReadonlyMap<Partition, PartitionFollower>;
  }>();
  const heads: Position[] = Array.from({ length: partitions }, () => position(0));
  let stopping: Promise<void> | undefined;

  function deliver(batch: FeedBatch): void {
    if (batch.head > heads[batch.partition]!) heads[batch.partition] = batch.head;
    for (const { parts } of followers) parts.get(batch.partition)?.onBatch(batch);
  }

  // `notify` also delivers to this process, before it returns.
  let publishing = false;

  // The same head again: a command without an event was decided, and its receipt may be awaited.
  function onHead(partition: Partition, head: number): void {
    if (!publishing && head >= (heads[partition] ?? Infinity)) deliver(growthOf(partition, position(head)));
  }

  async function askHeads(wanted: (partition: Partition) => boolean): Promise<void> {
    try {
      const { rows } = await pool.query<{ partition: Partition; head: number }>(HEADS);
      for (const { partition, head } of rows) if (wanted(partition)) onHead(partition, head);
    } catch (error) {
      if (!stopping)
        log.warn({ err: error }, 'could not read the heads of the events; the followers find the events by polling');
    }
  }

  /** Partitions whose heads are to be read. */
  const grown = new Set<Partition>();
  let asking = false;

  // Any user of the database can send it: a follower that believed a false head would read for it without end.
  async function mayHaveGrown(partition: Partition): Promise<void> {
    if (heads[partition] === undefined) return;
    grown.add(partition);
    if (asking) return;
    asking = true;
    while (grown.size > 0 && !stopping) {
      const asked = new Set(grown);
      grown.clear();
      await askHeads((each) => asked.has(each));
      await pause(ASK_EVERY_MS);
    }
    asking = false;
  }

  const unsubscribe = wakeUp.on('madang_events', (key, head) => {
    const partition = Number(key);
    if (!publishing && head >= (heads[partition] ?? Infinity)) void mayHaveGrown(partition);
  });
  const subscription = wakeUp.subscribe(DECIDED, (text) => {
    const batch = feedBatchOfText(catalog, wakeUp.signature, text);
    if ('unsigned' in batch) void mayHaveGrown(batch.unsigned);
    else if (batch.partition < partitions) deliver(batch);
  });
  const returned = wakeUp.onReturn(() => void askHeads(() => true));

  function join(
    group: string,
    options: FollowOptions,
    parts: Map<Partition, PartitionFollower>,
  ): Pick<Follower, 'owned' | 'stop'> {
    return joinGroup({
      wakeUp,
      group: `events/${group}`,
      partitions,
      timing,
      log,
      acquire: (partition) => void parts.set(partition, followPartition(partition, options, log)),
      async release(partition) {
        await parts.get(partition)?.end();
        parts.delete(partition);
      },
    });
  }

  function followAll(
    options: FollowOptions,
    parts: Map<Partition, PartitionFollower>,
  ): Pick<Follower, 'owned' | 'stop'> {
    for (let partition = 0; partition < partitions; partition++)
      parts.set(partition, followPartition(partition, options, log));
    let ended: Promise<unknown> | undefined;
    return {
      owned: () => (ended ? [] : [...parts.keys()]),
      stop: async () => void (await (ended ??= Promise.all([...parts.values()].map((part) => part.end())))),
    };
  }

  function follow(options: FollowOptions): Follower {
    const parts = new Map<Partition, PartitionFollower>();
    const { owned, stop } =
      options.group === undefined ? followAll(options, parts) : join(options.group, options, parts);
    const entry = { parts, follower: { owned, stop: end, [Symbol.asyncDispose]: end } };
    function end(): Promise<void> {
      return stop().finally(() => followers.delete(entry));
    }
    followers.add(entry);
    return entry.follower;
  }

  async function close(): Promise<void> {
    unsubscribe();
    subscription.stop();
    returned();
    await Promise.all([...followers].map(({ follower }) => follower.stop()));
  }

  const stop = (): Promise<void> => (stopping ??= close());
  return {
    partitions,
    publish(batch) {
      if (stopping) return Promise.reject(new LogError('LOG_UNAVAILABLE', 'the event feed is being closed'));
      deliver(batch);
      const text = batchText(catalog, wakeUp.signature, batch);
      if (text !== null && wakeUp.publish(DECIDED, text)) return Promise.resolve();
      publishing = true;
      wakeUp.notify('madang_events', String(batch.partition), batch.head);
      publishing = false;
      return Promise.resolve();
    },
    async follow(options) {
      const follower = follow(options);
      await subscription.begun;
      return follower;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
