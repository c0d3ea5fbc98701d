import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Message, Producer } from 'kafkajs';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import { registerForeignCodecs } from '../support/foreign-codecs.js';

/** Another program of the same Kafka, which writes arbitrary records to the topics. */
export interface Foreigner extends AsyncDisposable {
  /** Writes for so many milliseconds. Records that the brokers refuse are dropped. */
  write(ms: number): Promise<void>;
  /** Good commands that the brokers have taken: each must get an outcome. */
  readonly acknowledged: ReadonlySet<string>;
}

/** Part of every record that is a dead letter by right. */
export const FOREIGNER = 'foreigner';

const TOPICS = ['commands', 'gifticon.requests', 'events'] as const;
const CODECS = [
  CompressionTypes.ZSTD,
  CompressionTypes.LZ4,
  CompressionTypes.Snappy,
  CompressionTypes.GZIP,
  CompressionTypes.None,
] as const;
const PARTITIONS = 6;
const BETWEEN_MS = 200;
const TOO_LARGE_BYTES = 17 * 2 ** 20;

interface Batch {
  readonly messages: readonly Message[];
  readonly good: readonly string[];
}

/** A good command of a user without rights, in its own partition, and records that must not be taken for one. */
function batchFor(topic: (typeof TOPICS)[number]): Batch {
  const room = randomUUID();
  const command = (type: string, data: object) => ({
    commandId: randomUUID(),
    type,
    schema: 1,
    key: room,
    userId: FOREIGNER,
    traceId: '0'.repeat(32),
    at: new Date().toISOString(),
    data,
  });
  const partition = partitionOf(room, PARTITIONS);
  const good =
    topic === 'commands'
      ? command('SendMessage', { roomId: room, body: '안녕' })
      : command('RequestGifticon', { campaignId: room });
  const astray = command('SendMessage', { roomId: room, body: 'astray' });
  return {
    good: topic === 'events' ? [] : [good.commandId],
    messages: [
      { key: room, partition, value: JSON.stringify(good) },
      { key: room, partition: (partition + 1) % PARTITIONS, value: JSON.stringify(astray) },
      { key: null, partition, value: `no command of the ${FOREIGNER}` },
      { key: FOREIGNER, partition, value: null, headers: { type: 'MessagePosted', position: '1000000', epoch: '0' } },
    ],
  };
}

export async function openForeigner(brokers: readonly string[], prefix: string): Promise<Foreigner> {
  registerForeignCodecs();
  const kafka = new Kafka({
    clientId: FOREIGNER,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 1 },
  });
  const acknowledged = new Set<string>();
  const opened: Producer[] = [];
  const open = async (options: Parameters<Kafka['producer']>[0] = {}): Promise<Producer> => {
    const producer = kafka.producer({ allowAutoTopicCreation: false, ...options });
    opened.push(producer);
    await producer.connect();
    return producer;
  };

  const inTransaction = async (producer: Producer, end: 'commit' | 'abort' | 'leave'): Promise<void> => {
    const transaction = await producer.transaction();
    for (const name of TOPICS)
      await transaction.send({
        topic: `${prefix}.${name}`,
        messages: [{ key: FOREIGNER, value: `in a transaction of the ${FOREIGNER}` }],
      });
    if (end !== 'leave') await transaction[end]();
  };

  const round = async (producer: Producer): Promise<void> => {
    for (const compression of CODECS) {
      for (const name of TOPICS) {
        const { messages, good } = batchFor(name);
        await producer.send({ topic: `${prefix}.${name}`, messages: [...messages], compression });
        for (const id of good) acknowledged.add(id);
      }
      await delay(BETWEEN_MS);
    }
    await producer.send({
      topic: `${prefix}.commands`,
      messages: [{ key: FOREIGNER, value: Buffer.alloc(TOO_LARGE_BYTES) }],
      compression: CompressionTypes.GZIP,
    });
  };

  return {
    acknowledged,
    async write(ms) {
      const end = performance.now() + ms;
      while (performance.now() < end) {
        try {
          const producer = await open();
          const transactional = await open({
            transactionalId: `${prefix}.${randomUUID()}`,
            idempotent: true,
            maxInFlightRequests: 1,
            transactionTimeout: 10_000,
          });
          for (const how of ['commit', 'abort', 'leave'] as const) await inTransaction(transactional, how);
          await round(producer);
        } catch {
          await delay(BETWEEN_MS);
        } finally {
          await Promise.all(opened.splice(0).map((producer) => producer.disconnect().catch(() => undefined)));
        }
      }
    },
    [Symbol.asyncDispose]: async () =>
      void (await Promise.all(opened.map((producer) => producer.disconnect().catch(() => undefined)))),
  };
}
