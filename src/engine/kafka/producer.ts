import type { Message } from 'kafkajs';
import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import { createBatcher } from '../runtime/batching.js';
import type { RemoteClock } from '../runtime/remote-clock.js';
import { LogError, notTaken } from '../log/command-log.js';
import type { KafkaConnection } from './connection.js';
import { partitioner } from './connection.js';
import { timeOf } from './record-time.js';
import { unavailable } from './unavailable.js';

export interface Records {
  readonly partition: Partition;
  readonly messages: readonly Message[];
}

export interface Produced {
  readonly offset: Offset;
  /** By the broker's clock; null if the topic keeps the producer's time. */
  readonly at: Date | null;
}

export interface TopicProducer {
  /**
   * Resolves to the place of the first record once all in-sync replicas have them. In order within a partition.
   * @throws {LogError} LOG_UNAVAILABLE after about ten seconds: they may or may not have been stored
   */
  send(records: Records): Promise<Produced>;
  /** Sends the waiting records first. */
  stop(): Promise<void>;
}

const SEND_DEADLINE_MS = 8_000;
const GATHER_MS = 3;

export interface ProducerOptions {
  /** Gets the broker's time from topics that keep it. */
  readonly clock?: Pick<RemoteClock, 'read'> | undefined;
  /** A busy process sends at most this often: a request with ten records takes hardly more than one with a single. */
  readonly gatherMs?: number | undefined;
}

export const bytesOf = ({ key, value }: Message): number =>
  Buffer.byteLength(value ?? '') + Buffer.byteLength(key ?? '') + 200;

/**
 * One request at a time to the brokers, with all records that came up during the one before: kafkajs makes a request of
 * every `send`, and only a single one under way keeps the order within a partition on a retry.
 *
 * Not idempotent in Kafka's sense: after a failed request kafkajs resets its sequence numbers although the broker may
 * have stored it, and the broker then drops the next batch as a repetition. A repeated record is harmless here
 * (commandId, position), a dropped one is not.
 */
export async function openProducer(
  { client, log, settlesInStop }: KafkaConnection,
  topic: string,
  { clock, gatherMs = GATHER_MS }: ProducerOptions = {},
): Promise<TopicProducer> {
  const producer = client.producer({ allowAutoTopicCreation: false, createPartitioner: partitioner });
  try {
    await producer.connect();
  } catch (cause) {
    throw unavailable(`Kafka does not answer for ${topic}`, cause);
  }

  async function sendNow(batch: readonly Records[]): Promise<Produced[]> {
    const messages = batch.flatMap((records) =>
      records.messages.map((message) => ({ ...message, partition: records.partition })),
    );
    const sentAt = performance.now();
    const sent = await producer.send({ topic, acks: -1, timeout: 5_000, messages });
    const next = new Map(sent.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    const times = new Map(sent.flatMap(({ partition, logAppendTime }) => entries(partition, timeOf(logAppendTime))));
    for (const at of times.values()) clock?.read(at.getTime(), sentAt);
    return batch.map((records) => {
      const first = next.get(records.partition)!;
      next.set(records.partition, first + records.messages.length);
      return { offset: offset(first), at: times.get(records.partition) ?? null };
    });
  }

  // A send after its deadline continues in kafkajs for a while: `stop` waits for it.
  const running = new Set<Promise<unknown>>();

  async function flush(batch: readonly Records[]): Promise<readonly Produced[]> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${SEND_DEADLINE_MS} ms`)), SEND_DEADLINE_MS);
    });
    try {
      const sending = sendNow(batch);
      running.add(sending);
      sending.finally(() => running.delete(sending)).catch(() => undefined);
      return await Promise.race([sending, deadline]);
    } catch (cause) {
      log.warn({ err: cause, topic, records: batch.length }, 'Kafka did not take records');
      throw new LogError('LOG_UNAVAILABLE', `Kafka did not take records for ${topic}: send the same again`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  const batcher = createBatcher<Records, Produced>({
    flush,
    maxItems: 5_000,
    maxBytes: 2 ** 20,
    gatherMs,
    maxQueued: 50_000,
    maxWaitMs: 4_000,
    refused: notTaken,
  });
  return {
    send: (records) =>
      batcher.push(
        records,
        records.messages.reduce((sum, message) => sum + bytesOf(message), 0),
      ),
    async stop() {
      await batcher.idle();
      await settlesInStop(Promise.allSettled(running), 5_000);
      await settlesInStop(producer.disconnect(), 3_000);
    },
  };
}

const entries = (partition: number, at: number | null): readonly (readonly [number, Date])[] =>
  at === null ? [] : [[partition, new Date(at)]];
