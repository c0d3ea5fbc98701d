import { randomUUID } from 'node:crypto';
import type { Message } from 'kafkajs';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { Partition } from '../domain/ids.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import type { PartitionFollower } from '../log/partition-follower.js';
import { followPartition } from '../log/partition-follower.js';
import { LogError } from '../log/command-log.js';
import type { EventFeed, FeedBatch, Follower, FollowOptions } from '../log/event-feed.js';
import type { KafkaConnection } from './connection.js';
import { DAY_MS } from './topic-settings.js';
import { feedMessages, feedBatchesOf, signatureIn } from './feed-records.js';
import { createFeedSignature } from './feed-signature.js';
import type { Fetching, ReaderPartition } from './group-reader.js';
import { startGroupReader } from './group-reader.js';
import { bytesOf, openProducer } from './producer.js';

/** Maximum bytes of records of one decided batch in one request: far below the limit of a broker. */
const PIECE_BYTES = 512 * 1024;

function pieces(messages: readonly Message[]): Message[][] {
  const result: Message[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    const size = bytesOf(message);
    if (bytes + size > PIECE_BYTES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)!.push(message);
    bytes += size;
  }
  return result;
}

export interface KafkaEventFeedOptions {
  readonly catalog: EventCatalog;
  readonly kafka: KafkaConnection;
  /**
   * The deployment's key: a record that it has not signed may come from anyone, and only triggers a read of the event
   * store.
   */
  readonly key: Buffer;
  /** Counts records of other writers, for a metric. */
  onForeign?(records: number): void;
}

/** A follower of one partition in this process. */
interface PartitionReading {
  /** Takes a batch that this process publishes now. */
  published(batch: FeedBatch, signatures: readonly string[]): void;
}

/** Records that this process has published and a follower has not fetched. More of them are decoded again. */
const MAX_PUBLISHED = 20_000;

/** Interval of the warning about foreign records. */
const FOREIGN_LOG_MS = 60_000;

/**
 * Followers in the same process get decided batches at once, like those of PostgreSQL's feed, and pass over their
 * records in the topic. The others fetch them.
 * @throws {LogError} LOG_MISMATCH: the topic has another number of partitions; LOG_UNAVAILABLE
 */
export async function openKafkaEventFeed({
  kafka,
  catalog,
  key,
  onForeign,
}: KafkaEventFeedOptions): Promise<EventFeed> {
  const { partitions, log } = kafka;
  const topic = await kafka.ensureTopic('events', { isQueue: false, retentionMs: 7 * DAY_MS });
  const producer = await openProducer(kafka, topic);
  const signature = createFeedSignature(key);
  const followers = new Set<Follower>();
  const readings = new Map<Partition, Set<PartitionReading>>();
  let foreignLoggedAt = -Infinity;
  let stopping: Promise<void> | undefined;

  function foreign(partition: Partition, records: number): void {
    onForeign?.(records);
    if (performance.now() - foreignLoggedAt < FOREIGN_LOG_MS) return;
    foreignLoggedAt = performance.now();
    log.warn(
      { topic, partition, records },
      'the topic of events has records that this deployment did not write: they are ignored; ' +
        'take the right to write from other programs',
    );
  }

  function readPartition(
    partition: Partition,
    fetching: Fetching,
    options: FollowOptions,
    ready: () => void,
  ): ReaderPartition {
    const ending = new AbortController();
    /** Signatures of records that this process has published and not fetched yet: their batches were delivered. */
    const published = new Set<string>();
    let next: number | undefined;
    let follower: PartitionFollower | undefined;
    const reading: PartitionReading = {
      published(batch, signatures) {
        if (!follower) return;
        follower.onBatch(batch);
        if (published.size > MAX_PUBLISHED) published.clear();
        for (const each of signatures) published.add(each);
      },
    };
    const others = readings.get(partition) ?? new Set();
    readings.set(partition, others.add(reading));

    // The place in the topic is fixed before `assigned` reads the event store, so that a record published after that
    // read is received.
    async function start(): Promise<void> {
      for (let failures = 0; !ending.signal.aborted; failures++) {
        try {
          next = (await kafka.watermarks(topic))[partition]!.high;
          break;
        } catch (error) {
          log.warn({ err: error, partition }, 'could not read the end of the event feed from Kafka; retrying');
          await pause(pauseMs(RETRIES.kafkaPlace, failures), ending.signal);
        }
      }
      if (ending.signal.aborted || next === undefined) return;
      fetching.from(next);
      follower = followPartition(partition, options, log);
      ready();
    }

    const started = start();
    return {
      position: () => next,
      receive(messages, high) {
        if (next === undefined) return;
        // A topic that was made anew counts from 0 again.
        if (high < next) next = 0;
        const from = next;
        const fresh = messages.filter((message) => Number(message.offset) >= from);
        const last = fresh.at(-1);
        if (!last) return;
        next = Number(last.offset) + 1;
        const unreadable = (err: unknown, at: string): void =>
          log.error({ err, topic, partition, offset: at }, 'a record of the event feed cannot be read');
        const context = {
          catalog,
          partition,
          signature,
          unreadable,
          foreign: (records: number) => foreign(partition, records),
        };
        const news = published.size === 0 ? fresh : fresh.filter((message) => !published.delete(signatureIn(message)));
        for (const batch of feedBatchesOf(news, context)) follower?.onBatch(batch);
        fetching.handled(next);
      },
      async release() {
        others.delete(reading);
        ending.abort();
        await started;
        await follower?.end();
      },
    };
  }

  async function follow(options: FollowOptions): Promise<Follower> {
    const groupId =
      options.group === undefined ? `${kafka.prefix}.api.${randomUUID()}` : `${kafka.prefix}.${options.group}`;
    let standingAt = 0;
    let everywhere!: () => void;
    const stands = new Promise<void>((resolve) => (everywhere = resolve));
    const ready = (): void => {
      standingAt++;
      if (standingAt >= partitions) everywhere();
    };
    const reader = startGroupReader({
      kafka,
      topic,
      groupId,
      fromBeginning: false,
      acquire: (partition, fetching) => readPartition(partition, fetching, options, ready),
    });
    let ended: Promise<void> | undefined;
    async function end(): Promise<void> {
      everywhere();
      await reader.stop();
      followers.delete(follower);
      if (options.group === undefined) await kafka.forgetGroup(groupId);
    }
    const stop = (): Promise<void> => (ended ??= end());
    const follower: Follower = { owned: reader.owned, stop, [Symbol.asyncDispose]: stop };
    followers.add(follower);
    // A follower of all partitions may rely on everything published from now on.
    if (options.group === undefined) await stands;
    return follower;
  }

  async function close(): Promise<void> {
    await Promise.all([producer.stop(), ...[...followers].map((follower) => follower.stop())]);
  }

  const stop = (): Promise<void> => (stopping ??= close());
  return {
    partitions,
    async publish(batch) {
      if (stopping) throw new LogError('LOG_UNAVAILABLE', 'the event feed is being closed');
      const { partition } = batch;
      const records = feedMessages(catalog, batch, signature);
      const signatures = records.map(signatureIn);
      for (const reading of readings.get(partition) ?? []) reading.published(batch, signatures);
      await Promise.all(pieces(records).map((messages) => producer.send({ partition, messages })));
    },
    follow,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
