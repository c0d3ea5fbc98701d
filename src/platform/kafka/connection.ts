import type { Admin, ISocketFactory, KafkaConfig, logCreator } from 'kafkajs';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import './mend-consumers.js';
import './mend-fetch.js';
import type { EngineLog } from '../engine-log.js';
import { endsWithin } from '../deadline.js';
import { RETRIES, pauseMs } from '../retry.js';
import { LogError } from '../ports/command-log.js';

export interface KafkaOptions {
  readonly brokers: readonly string[];
  /** Topics are named `<prefix>.commands` and so on, groups `<prefix>.<group>`. */
  readonly prefix?: string;
  readonly partitions: number;
  readonly log: EngineLog;
  /** Shown by the broker. */
  readonly clientId?: string;
  /** A member that was not heard of for so long has lost its partitions. The broker sets bounds to it, 6 s at least by default. */
  readonly sessionTimeoutMs?: number;
  /** TLS, SASL: as kafkajs takes them. */
  readonly security?: Pick<KafkaConfig, 'ssl' | 'sasl'>;
  readonly socketFactory?: ISocketFactory;
}

export interface Watermarks {
  readonly low: number;
  readonly high: number;
}

/** What the adapters share. One a process; opened and closed by the composition root, closed after the adapters. */
export interface KafkaConnection extends AsyncDisposable {
  readonly client: Kafka;
  readonly prefix: string;
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  readonly log: EngineLog;
  /**
   * Makes the topic where it is missing. Resolves to its whole name.
   * @throws {LogError} LOG_MISMATCH where it has another number of partitions; LOG_UNAVAILABLE
   */
  ensureTopic(name: string, retentionMs: number): Promise<string>;
  /** First and next offset of each partition, as they are now. */
  watermarks(topic: string): Promise<readonly Watermarks[]>;
  /** Deletes consumer groups that have no member. What fails is left to the broker, which forgets them in time. */
  forgetGroup(groupId: string): Promise<void>;
  stop(): Promise<void>;
}


export const DAY_MS = 24 * 60 * 60 * 1_000;

/** Largest record batch that the broker is asked to take; the batchers stay well below it. */
const MAX_MESSAGE_BYTES = 4 * 2 ** 20;

// kafkajs calls what it tries again by itself an error. What comes of it is reported by whoever asked.
const creatorFor =
  (log: EngineLog): logCreator =>
  () =>
  ({ namespace, level, log: { message, ...fields } }) =>
    log[level <= logLevel.ERROR ? 'warn' : 'debug']({ ...fields, timestamp: undefined, logger: undefined, kafkajs: namespace }, message);

export function unavailable(message: string, cause: unknown): LogError {
  return cause instanceof LogError ? cause : new LogError('LOG_UNAVAILABLE', message, { cause });
}

/** @throws {LogError} LOG_UNAVAILABLE when no broker answers */
export async function openKafka(options: KafkaOptions): Promise<KafkaConnection> {
  const { prefix = 'madang', partitions, log, sessionTimeoutMs = 8_000 } = options;
  const client = new Kafka({
    clientId: options.clientId ?? prefix,
    brokers: [...options.brokers],
    logLevel: logLevel.INFO,
    logCreator: creatorFor(log),
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    // Together below the time that an append may take; consumers and start-up go on trying by loops of their own.
    retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_500 },
    ...options.security,
    ...(options.socketFactory ? { socketFactory: options.socketFactory } : {}),
  });
  const admin: Admin = client.admin();
  let stopping: Promise<void> | undefined;
  try {
    await admin.connect();
  } catch (cause) {
    throw unavailable(`no Kafka broker answers at ${options.brokers.join(', ')}: start it, or correct KAFKA_BROKERS`, cause);
  }

  async function ensureTopic(name: string, retentionMs: number): Promise<string> {
    const topic = `${prefix}.${name}`;
    try {
      const there = await partitionsOf(topic, retentionMs);
      if (there === partitions) return topic;
      throw new LogError(
        'LOG_MISMATCH',
        `topic ${topic} has ${there} partitions and this deployment ${partitions}: set MADANG_PARTITIONS=${there} for a new deployment, ` +
          'or use another cluster or topic prefix. Partitions must not be added, for keys would move.',
      );
    } catch (cause) {
      throw unavailable(`Kafka could not be asked for topic ${topic}: see the cause, and whether the brokers answer`, cause);
    }
  }

  /** Of several processes that start at once one makes the topic, and the others may ask for it before the cluster knows it. */
  async function partitionsOf(topic: string, retentionMs: number): Promise<number> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (!(await admin.listTopics()).includes(topic)) await createTopic(topic, retentionMs);
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics[0]!.partitions.length;
      } catch (error) {
        if (attempt >= RETRIES.kafkaTopic.times) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs(RETRIES.kafkaTopic, attempt)));
      }
    }
  }

  async function createTopic(topic: string, retentionMs: number): Promise<void> {
    const { brokers } = await admin.describeCluster();
    const replicationFactor = Math.min(3, brokers.length);
    const configEntries = [
      { name: 'retention.ms', value: String(retentionMs) },
      // A segment goes as a whole, when its youngest record may: a record is gone a day after its time at the latest, not a week.
      { name: 'segment.ms', value: String(DAY_MS) },
      { name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) },
      // A command's time is the time at which the log took it.
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
      // An acknowledged record is on two brokers where there are three.
      { name: 'min.insync.replicas', value: replicationFactor === 3 ? '2' : '1' },
    ];
    // Another process may be first: then this one finds it made.
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }] });
    log.info({ topic, partitions, replicationFactor }, 'topic made');
  }

  async function watermarks(topic: string): Promise<readonly Watermarks[]> {
    const marks: Watermarks[] = Array.from({ length: partitions }, () => ({ low: 0, high: 0 }));
    try {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) marks[partition] = { low: Number(low), high: Number(high) };
      return marks;
    } catch (cause) {
      throw unavailable(`Kafka could not be asked how far ${topic} is`, cause);
    }
  }

  const stop = (): Promise<void> => (stopping ??= endsWithin(admin.disconnect(), 3_000).then(() => undefined));
  return {
    client,
    prefix,
    partitions,
    sessionTimeoutMs,
    log,
    ensureTopic,
    watermarks,
    forgetGroup: (groupId) => admin.deleteGroups([groupId]).then(() => undefined, () => undefined),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export const partitioner = Partitioners.DefaultPartitioner;
