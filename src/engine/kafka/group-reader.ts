import type { Batch, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Partition } from '../domain/ids.js';
import { RETRIES, pauseMs } from '../runtime/retry.js';
import type { KafkaConnection } from './connection.js';
import { createDamagedBatches } from './damaged-batches.js';
import { onFailedFetch } from './failed-fetches.js';
import { LONG_POLL_MS } from './mend-consumers.js';

/** One partition of this member. */
export interface ReaderPartition {
  /** Fetched records, in order, with repetitions. Must not block, must not throw. */
  receive(messages: readonly KafkaMessage[], highWatermark: number): void;
  /** The offset to fetch from after a rebalance or a failed fetch; undefined while unknown. */
  position(): number | undefined;
  /** Resolves when the work on it has ended. Must not throw. */
  release(how: 'give-up' | 'lost'): Promise<void>;
}

/** Controls the fetching of one partition. Calls for a partition that is lost do nothing. */
export interface Fetching {
  /** Fetches from this offset. Nothing is fetched before the first call. */
  from(offset: number): void;
  pause(): void;
  resume(): void;
  /** Commits the offset, for lag tools and as a start; without waiting. */
  handled(next: number): void;
}

interface OwnedPartition extends Omit<ReaderPartition, 'receive'> {
  /** `fetchedOffset` is missing in the types of kafkajs. */
  receive(batch: Batch & { readonly fetchedOffset?: string }): void;
}

export interface GroupReaderOptions {
  readonly kafka: KafkaConnection;
  readonly groupId: string;
  readonly topic: string;
  readonly fromBeginning: boolean;
  /** Called once for each partition that becomes this member's. */
  readonly acquire: (partition: Partition, fetching: Fetching) => ReaderPartition;
}

export interface GroupReader {
  readonly owned: () => readonly Partition[];
  readonly stop: () => Promise<void>;
}

const COMMIT_MS = 1_000;
/** A stay in the group below this did no work; several in a row are a problem. */
const SHORT_STAY_MS = 30_000;
const MANY_SHORT_STAYS = 3;
const LONG_OUTSIDE_MS = 60_000;

/**
 * A member of a Kafka consumer group that restarts itself:
 *
 *   starting ─► consuming ─(crash, no activity)─► waiting ─► starting …     any ─stop─► stopped
 *
 * No work is done in kafkajs's own callback, which would block every partition of the same broker and the heartbeats:
 * records are handed over, and fetching is paused while they pile up.
 */
export function startGroupReader({ kafka, groupId, topic, fromBeginning, acquire }: GroupReaderOptions): GroupReader {
  const { log, sessionTimeoutMs, health } = kafka;
  const owned = new Map<Partition, OwnedPartition>();
  const releasing = new Map<Partition, Promise<void>>();
  const toCommit = new Map<Partition, number>();
  let assignment: readonly Partition[] = [];
  let consumer: Consumer | undefined;
  let memberId: string | undefined;
  let lastActivityAt = 0;
  let failures = 0;
  /** When it joined its group; null while outside of it, since `outsideFrom`. */
  let joinedAt: number | null = null;
  let outsideFrom = performance.now();
  /** Short stays in a row. */
  let shortStays = 0;
  let retry: NodeJS.Timeout | undefined;
  let starting: Promise<void> = Promise.resolve();
  let stopping: Promise<void> | undefined;

  const at = (partition: Partition) => [{ topic, partitions: [partition] }];

  function take(partition: Partition): void {
    const steer = (act: (current: Consumer) => void): void => {
      if (consumer && owned.get(partition) === entry) act(consumer);
    };
    const damaged = createDamagedBatches();
    let isPaused = false;
    /** Set while waiting for a damaged batch. */
    let again: NodeJS.Timeout | undefined;
    const from = (offset: number): void =>
      steer((current) => {
        clearTimeout(again);
        again = undefined;
        current.seek({ topic, partition, offset: String(offset) });
        if (!isPaused) current.resume(at(partition));
      });
    const fetching: Fetching = {
      from(offset) {
        isPaused = false;
        from(offset);
      },
      pause: () =>
        steer((current) => {
          isPaused = true;
          current.pause(at(partition));
        }),
      resume: () =>
        steer((current) => {
          isPaused = false;
          if (!again) current.resume(at(partition));
        }),
      handled: (next) => steer(() => toCommit.set(partition, next)),
    };
    const fetchAgain = (offset: number, afterMs: number): void =>
      steer((current) => {
        log.warn(
          { topic, partition, offset, afterMs: Math.round(afterMs) },
          'a record batch has a wrong checksum: it is fetched again, and becomes a dead letter if that does not help',
        );
        current.pause(at(partition));
        again = setTimeout(() => from(offset), afterMs);
      });
    let part: ReaderPartition | undefined;
    const entry: OwnedPartition = {
      receive({ messages, highWatermark, fetchedOffset }) {
        const sifted = damaged.sift(messages, Number(fetchedOffset ?? 0));
        // First, since the receiver may choose another offset.
        if (sifted.again) fetchAgain(sifted.again.offset, sifted.again.afterMs);
        if (sifted.messages.length > 0 || !sifted.again) part?.receive(sifted.messages, Number(highWatermark));
      },
      position: () => part?.position(),
      release(how) {
        clearTimeout(again);
        return part?.release(how) ?? Promise.resolve();
      },
    };
    // Owned before acquire runs, which may set the offset at once.
    owned.set(partition, entry);
    part = acquire(partition, fetching);
  }

  function release(partition: Partition, how: 'give-up' | 'lost'): Promise<void> {
    const part = owned.get(partition);
    owned.delete(partition);
    toCommit.delete(partition);
    const ended = (part?.release(how) ?? Promise.resolve()).then(() => {
      releasing.delete(partition);
      if (!stopping && consumer && assignment.includes(partition) && !owned.has(partition)) take(partition);
    });
    releasing.set(partition, ended);
    return ended;
  }

  /** @returns false: the position is unknown */
  function seekPosition(current: Consumer, partition: Partition): boolean {
    const position = owned.get(partition)?.position();
    if (position !== undefined) current.seek({ topic, partition, offset: String(position) });
    return position !== undefined;
  }

  // kafkajs calls this before it fetches for the new assignment.
  function assigned(current: Consumer, id: string, partitions: readonly Partition[]): void {
    if (current !== consumer || stopping) return;
    failures = 0;
    joinedAt ??= performance.now();
    for (const partition of partitions.filter((each) => each >= kafka.partitions)) {
      current.pause(at(partition));
      log.error(
        { topic, partition, partitions: kafka.partitions },
        'a partition was added to a topic: no key leads there, and it is not read',
      );
    }
    assignment = partitions.filter((each) => each < kafka.partitions);
    // The group had expelled this member, and others have worked on its partitions.
    const forgotten = id !== memberId;
    memberId = id;
    for (const partition of owned.keys())
      if (forgotten || !assignment.includes(partition)) void release(partition, 'lost');
    for (const partition of assignment) {
      if (!seekPosition(current, partition)) current.pause(at(partition));
      if (!owned.has(partition) && !releasing.has(partition)) take(partition);
    }
  }

  function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    lastActivityAt = Date.now();
    const part = owned.get(batch.partition);
    if (part && !payload.isStale()) part.receive(batch);
    payload.resolveOffset(batch.lastOffset());
    return Promise.resolve();
  }

  async function start(): Promise<void> {
    const current = kafka.client.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      heartbeatInterval: Math.min(1_000, Math.floor(sessionTimeoutMs / 3)),
      maxWaitTimeInMs: LONG_POLL_MS,
      allowAutoTopicCreation: false,
      // Nothing here is written in transactions. Transactions of others must not delay the records behind them.
      readUncommitted: true,
      // A crashed consumer of kafkajs is not restarted: a new one is made here.
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_500, restartOnFailure: () => Promise.resolve(false) },
    });
    const { GROUP_JOIN, CRASH, HEARTBEAT, FETCH } = current.events;
    current.on(HEARTBEAT, () => void (lastActivityAt = Date.now()));
    current.on(FETCH, () => void (lastActivityAt = Date.now()));
    current.on(GROUP_JOIN, ({ payload }) => assigned(current, payload.memberId, payload.memberAssignment[topic] ?? []));
    current.on(CRASH, ({ payload }) => fell(current, payload.error));
    onFailedFetch(current, () => {
      if (current === consumer) for (const partition of owned.keys()) seekPosition(current, partition);
    });
    consumer = current;
    lastActivityAt = Date.now();
    try {
      await current.connect();
      await current.subscribe({ topics: [topic], fromBeginning });
      await current.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: kafka.partitions,
        eachBatch,
      });
    } catch (error) {
      fell(current, error);
    }
    // The consumer was dropped while it joined, which kafkajs does not cancel: it would be a member that does no work.
    if (consumer !== current) await current.disconnect().catch(() => undefined);
  }

  function fell(current: Consumer, error: unknown): void {
    if (current !== consumer) return;
    consumer = undefined;
    health.restarted();
    if (joinedAt !== null) {
      shortStays = performance.now() - joinedAt < SHORT_STAY_MS ? shortStays + 1 : 0;
      outsideFrom = performance.now();
      joinedAt = null;
    }
    assignment = [];
    for (const partition of owned.keys()) void release(partition, 'lost');
    void current.disconnect().catch(() => undefined);
    if (stopping) return;
    const waitMs = Math.round(pauseMs(RETRIES.kafkaGroup, failures++));
    log.warn({ err: error, groupId, topic, waitMs }, 'a Kafka consumer fell out of its group and is made anew');
    retry = setTimeout(() => void (starting = start()), waitMs);
  }

  /** An outage of the brokers is reported elsewhere. */
  function problem(): string | null {
    const now = performance.now();
    if (joinedAt === null && now - outsideFrom > LONG_OUTSIDE_MS)
      return `the consumer of ${topic} has been out of its group for long: see the log`;
    const isSettled = joinedAt !== null && now - joinedAt >= SHORT_STAY_MS;
    return shortStays >= MANY_SHORT_STAYS && !isSettled
      ? `the consumer of ${topic} restarts again and again: see the log`
      : null;
  }

  const forget = health.add(problem);

  function commit(): Promise<unknown> {
    const offsets = [...toCommit].map(([partition, next]) => ({ topic, partition, offset: String(next) }));
    toCommit.clear();
    return consumer && offsets.length > 0 ? consumer.commitOffsets(offsets).catch(() => undefined) : Promise.resolve();
  }

  const committing = setInterval(() => void commit(), COMMIT_MS);
  const watching = setInterval(() => {
    const idleMs = Date.now() - lastActivityAt;
    if (consumer && idleMs > Math.max(30_000, 3 * sessionTimeoutMs))
      fell(consumer, new Error(`no answer from Kafka for ${idleMs} ms`));
  }, 5_000);
  starting = start();

  async function end(): Promise<void> {
    forget();
    clearTimeout(retry);
    clearInterval(watching);
    const done = [...toCommit];
    await Promise.all([...releasing.values(), ...[...owned.keys()].map((partition) => release(partition, 'give-up'))]);
    clearInterval(committing);
    for (const [partition, next] of done) if (!toCommit.has(partition)) toCommit.set(partition, next);
    await kafka.settlesInStop(commit(), 1_000);
    await kafka.settlesInStop(starting, 5_000);
    const last = consumer;
    consumer = undefined;
    // Leaves the group, so that the others take over at once.
    if (last && !(await kafka.settlesInStop(last.disconnect(), 5_000)))
      log.warn({ groupId }, 'a Kafka consumer did not end in time');
  }

  return {
    owned: () => [...owned.keys()].sort((a, b) => a - b),
    stop: () => (stopping ??= end()),
  };
}
