import { randomBytes } from 'node:crypto';
import type { KafkaMessage, Message, Producer } from 'kafkajs';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { until } from '../../support/conditions.js';
import { registerForeignCodecs } from '../../support/foreign-codecs.js';

export interface Topics {
  readonly brokers: readonly string[];
  readonly prefix: string;
}

export type TopicName = 'commands' | 'gifticon.requests' | 'events';

/**
 * Another program of the same cluster, which writes to topics that are not its own. Records that the brokers refuse do
 * not matter.
 */
export interface Stranger extends AsyncDisposable {
  /** Valid records of the topic of events. */
  readonly genuine: readonly KafkaMessage[];
  send(topic: TopicName, messages: readonly Message[], compression: CompressionTypes): Promise<void>;
  /** `leave`: the transaction stays open until its timeout. */
  transact(topic: TopicName, messages: readonly Message[], end: 'commit' | 'abort' | 'leave'): Promise<void>;
}

export const CODECS = [
  CompressionTypes.None,
  CompressionTypes.GZIP,
  CompressionTypes.Snappy,
  CompressionTypes.LZ4,
  CompressionTypes.ZSTD,
] as const;

const TRANSACTION_MS = 10_000;

export async function openStranger({ brokers, prefix }: Topics): Promise<Stranger> {
  registerForeignCodecs();
  const kafka = new Kafka({
    clientId: 'stranger',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
  });
  const topic = (name: TopicName): string => `${prefix}.${name}`;
  const opened: Producer[] = [];
  const open = async (options: Parameters<Kafka['producer']>[0] = {}): Promise<Producer> => {
    const producer = kafka.producer({ allowAutoTopicCreation: false, ...options });
    opened.push(producer);
    await producer.connect();
    return producer;
  };
  const producers = await Promise.all([open(), open({ idempotent: true, maxInFlightRequests: 1 })]);
  const transactional = new Map<string, { turn: Promise<void>; readonly producer: Promise<Producer> }>();
  const genuine: KafkaMessage[] = [];
  const consumer = kafka.consumer({ groupId: `stranger-${randomBytes(4).toString('hex')}` });
  await consumer.connect();
  await consumer.subscribe({ topic: topic('events'), fromBeginning: true });
  await consumer.run({ eachMessage: ({ message }) => Promise.resolve(void genuine.push(message)) });
  await until(() => genuine.length > 0, 'records of the topic of events');
  await consumer.disconnect();

  const transact = async (
    name: TopicName,
    messages: readonly Message[],
    end: 'commit' | 'abort' | 'leave',
  ): Promise<void> => {
    // An open transaction fences off only producers with its own id.
    const id = end === 'leave' ? `left-${randomBytes(6).toString('hex')}` : name;
    const own = transactional.get(id) ?? {
      turn: Promise.resolve(),
      producer: open({
        transactionalId: `${prefix}.${id}`,
        idempotent: true,
        maxInFlightRequests: 1,
        transactionTimeout: TRANSACTION_MS,
      }),
    };
    transactional.set(id, own);
    own.turn = own.turn.then(async () => {
      const transaction = await (await own.producer).transaction();
      await transaction.send({ topic: topic(name), messages: [...messages] });
      if (end !== 'leave') await transaction[end]();
    });
    const turn = own.turn;
    own.turn = turn.catch(() => undefined);
    await turn.catch(() => undefined);
  };

  return {
    genuine,
    transact,
    async send(name, messages, compression) {
      await producers[messages.length % 2]!.send({ topic: topic(name), messages: [...messages], compression }).catch(
        () => undefined,
      );
    },
    [Symbol.asyncDispose]: async () =>
      void (await Promise.all(opened.map((producer) => producer.disconnect().catch(() => undefined)))),
  };
}
