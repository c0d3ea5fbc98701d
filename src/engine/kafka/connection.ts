import type { Admin, ISocketFactory, KafkaConfig, logCreator } from 'kafkajs';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import './mend-consumers.js';
import './mend-fetch.js';
import './mend-requests.js';
import type { TopicUse } from './topic-settings.js';
import { createTopics } from './topics.js';
import type { EngineLogger } from '../runtime/logger.js';
import type { ConsumerHealth } from '../log/consumer-health.js';
import { createConsumerHealth } from '../log/consumer-health.js';
import { waitsInAll } from '../runtime/deadline.js';
import { unavailable } from './unavailable.js';
import { describeBrokersUnreachable } from './unreachable.js';

/** TLS, and how this program signs in: as kafkajs takes them. */
export type KafkaSecurity = Pick<KafkaConfig, 'ssl' | 'sasl'>;

export interface KafkaOptions {
  readonly brokers: readonly string[];
  /** Topics are named `<prefix>.commands` and so on, groups `<prefix>.<group>`. */
  readonly prefix?: string;
  readonly partitions: number;
  readonly log: EngineLogger;
  /** Shown by the broker. */
  readonly clientId?: string;
  /**
   * A member without a heartbeat for this long has lost its partitions. The broker bounds it, by default to at least 6
   * s.
   */
  readonly sessionTimeoutMs?: number;
  readonly security?: KafkaSecurity | undefined;
  readonly socketFactory?: ISocketFactory;
  /** See {@link TopicsOptions}. Default: false. */
  readonly mendsTopics?: boolean;
  /** Gets the state of the consumers. */
  readonly health?: ConsumerHealth;
}

export interface Watermarks {
  readonly low: number;
  readonly high: number;
}

/**
 * The shared part of the adapters. One per process; the composition root opens it, and closes it after the adapters.
 */
export interface KafkaConnection extends AsyncDisposable {
  readonly client: Kafka;
  readonly prefix: string;
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  readonly log: EngineLogger;
  readonly health: ConsumerHealth;
  /**
   * Creates the topic if it is missing, and compares its settings with the required ones. Resolves to its full name.
   * @throws {LogError} LOG_MISMATCH: it has another number of partitions, or a setting that endangers a promise;
   * LOG_REFUSED: the brokers do not let this program create or read it; LOG_UNAVAILABLE
   */
  ensureTopic(name: string, use: TopicUse): Promise<string>;
  /** First and next offset of each partition, not cached. */
  watermarks(topic: string): Promise<readonly Watermarks[]>;
  /** Deletes consumer groups without members. Failures are left to the broker, which deletes them in time. */
  forgetGroup(groupId: string): Promise<void>;
  /**
   * Whether the work of a stop settled within the time. Brokers that do not answer hold up all clients of the process
   * for some seconds together, not one after the other.
   */
  readonly settlesInStop: (work: Promise<unknown>, ms: number) => Promise<boolean>;
  stop(): Promise<void>;
}

/** Well below the time in which a process has to stop. */
const STOP_MS = 8_000;

// kafkajs logs retried failures as errors. The caller reports the result.
const creatorFor =
  (log: EngineLogger): logCreator =>
  () =>
  ({ namespace, level, log: { message, ...fields } }) =>
    log[level <= logLevel.ERROR ? 'warn' : 'debug'](
      { ...fields, timestamp: undefined, logger: undefined, kafkajs: namespace },
      message,
    );

/** @throws {LogError} LOG_UNAVAILABLE: no broker answers. LOG_REFUSED: they do not take this program */
export async function openKafka(options: KafkaOptions): Promise<KafkaConnection> {
  const { prefix = 'madang', partitions, log, sessionTimeoutMs = 8_000, health = createConsumerHealth() } = options;
  const client = new Kafka({
    clientId: options.clientId ?? prefix,
    brokers: [...options.brokers],
    logLevel: logLevel.INFO,
    logCreator: creatorFor(log),
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    // Together below the deadline of an append; consumers and the start have retry loops of their own.
    retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_500 },
    ...options.security,
    ...(options.socketFactory ? { socketFactory: options.socketFactory } : {}),
  });
  const admin: Admin = client.admin();
  let stopping: Promise<void> | undefined;
  try {
    await admin.connect();
  } catch (cause) {
    const { ssl, sasl } = options.security ?? {};
    throw describeBrokersUnreachable(cause, {
      brokers: options.brokers,
      tls: Boolean(ssl),
      user: sasl && 'username' in sasl ? sasl.username : null,
    });
  }

  const { ensureTopic } = createTopics({ admin, prefix, partitions, mendsTopics: options.mendsTopics ?? false, log });

  async function watermarks(topic: string): Promise<readonly Watermarks[]> {
    const marks: Watermarks[] = Array.from({ length: partitions }, () => ({ low: 0, high: 0 }));
    try {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        // A partition that was added later: no key leads there.
        if (partition < partitions) marks[partition] = { low: Number(low), high: Number(high) };
      }
      return marks;
    } catch (cause) {
      throw unavailable(`could not read the end of ${topic} from Kafka`, cause);
    }
  }

  const settlesInStop = waitsInAll(STOP_MS);
  const stop = (): Promise<void> => (stopping ??= settlesInStop(admin.disconnect(), 3_000).then(() => undefined));
  return {
    client,
    prefix,
    partitions,
    sessionTimeoutMs,
    log,
    health,
    ensureTopic,
    watermarks,
    forgetGroup: (groupId) =>
      admin.deleteGroups([groupId]).then(
        () => undefined,
        () => undefined,
      ),
    settlesInStop,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export const partitioner = Partitioners.DefaultPartitioner;
