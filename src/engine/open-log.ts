import type pg from 'pg';
import type { Writable } from './domain/readable.js';
import type { EventCatalog } from './domain/event-catalog.js';
import type * as KafkaAdapter from './kafka/adapter.js';
import type { KafkaSecurity } from './kafka/connection.js';
import type { CommandLog } from './log/command-log.js';
import { gatedLog } from './log/gated-log.js';
import type { ConsumerHealth } from './log/consumer-health.js';
import { createConsumerHealth } from './log/consumer-health.js';
import type { EventFeed } from './log/event-feed.js';
import { openPostgresCommandLog } from './postgres/command-log.js';
import type { DatabaseRun } from './postgres/epochs.js';
import { openPostgresEventFeed } from './postgres/event-feed.js';
import { groupTiming } from './postgres/group.js';
import type { DeploymentSettings } from './postgres/settings.js';
import { openWakeUp } from './postgres/wake-up.js';
import type { Lifecycle } from './runtime/lifecycle.js';
import type { Logger } from './runtime/logging.js';
import type { EngineMetrics } from './runtime/metrics.js';
import type { RemoteClock } from './runtime/remote-clock.js';
import type { DeadLetter } from './store/event-store.js';

/** A queue of commands: a topic of Kafka, or rows of a table. */
export interface QueueOptions {
  /** Grace time of running work before the next owner takes the partition over. */
  readonly drainMs?: number;
  /** While commands come together, a process appends them this often or rarer, in milliseconds. */
  readonly gatherMs?: number;
}

/** The log, on either of its engines; its users do not depend on which. */
export interface Log<Queue extends string> {
  readonly queues: Readonly<Record<Queue, CommandLog>>;
  readonly feed: EventFeed;
  /** Publishes a copy of a dead letter; absent without a topic. */
  readonly publishDead?: (letter: DeadLetter) => Promise<void>;
}

export interface LogOptions<Queue extends string> {
  /** Null: the log is in PostgreSQL. */
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly prefix: string;
    /** Absent: neither TLS nor a user. */
    readonly security?: KafkaSecurity | undefined;
    /** As {@link KafkaOptions} has it. */
    readonly mendsTopics?: boolean;
  } | null;
  /** How long a process may be silent before others take its partitions over. Absent: the engine's default. */
  readonly groupSessionMs?: number | undefined;
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly queues: Readonly<Record<Queue, QueueOptions>>;
  readonly catalog: EventCatalog;
  /** What every live process reads: other commands are not appended. */
  readonly writable: Writable;
  /** Absent in a process that does not use epochs. */
  readonly run?: DatabaseRun | undefined;
  /** `cursorKey` also signs records on topics with other writers. */
  readonly settings: Pick<DeploymentSettings, 'partitions' | 'cursorKey'>;
  /** Gets the times of the broker. */
  readonly brokerClock?: Pick<RemoteClock, 'read'> | undefined;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics?: EngineMetrics | undefined;
  /** Gets the state of the consumers. */
  readonly health?: ConsumerHealth | undefined;
}

export function openLog<Queue extends string>(options: LogOptions<Queue>): Promise<Log<Queue>> {
  return options.kafka ? openKafkaLog(options, options.kafka) : openPostgresLog(options);
}

type Open = (queue: string, options: QueueOptions) => CommandLog | Promise<CommandLog>;

async function openQueues<Queue extends string>(
  { queues, writable, lifecycle }: LogOptions<Queue>,
  open: Open,
): Promise<Record<Queue, CommandLog>> {
  const opened: Record<string, CommandLog> = {};
  for (const [queue, of] of Object.entries<QueueOptions>(queues)) {
    const log = gatedLog(await open(queue, of), writable);
    opened[queue] = log;
    lifecycle.onStop(`the queue ${queue}`, () => log.stop());
  }
  return opened;
}

/** With the log in PostgreSQL a process starts without the client of Kafka and its hundreds of modules. */
let loaded: Promise<typeof KafkaAdapter> | undefined;
const kafkaAdapter = (): Promise<typeof KafkaAdapter> => (loaded ??= import('./kafka/adapter.js'));

async function openKafkaLog<Queue extends string>(
  options: LogOptions<Queue>,
  { brokers, prefix, security, mendsTopics = false }: NonNullable<LogOptions<Queue>['kafka']>,
): Promise<Log<Queue>> {
  const { catalog, settings, metrics, brokerClock: clock, lifecycle, logger: log } = options;
  const { health = createConsumerHealth() } = options;
  const { partitions, cursorKey: key } = settings;
  const losses = (queue: string) => {
    // A counter that was never set is absent, and the first loss would be no increase.
    metrics?.commandsLost.inc({ queue }, 0);
    metrics?.topicsReplaced.inc({ queue }, 0);
    return {
      onLost: (commands: number) => metrics?.commandsLost.inc({ queue }, commands),
      onReplaced: () => metrics?.topicsReplaced.inc({ queue }),
    };
  };
  const { openKafka, openKafkaCommandLog, openKafkaEventFeed, openDeadLetterTopic } = await kafkaAdapter();
  const session = options.groupSessionMs === undefined ? {} : { sessionTimeoutMs: options.groupSessionMs };
  const kafka = await openKafka({ brokers, prefix, security, partitions, mendsTopics, health, log, ...session });
  lifecycle.onStop('the connection to Kafka', async () => kafka[Symbol.asyncDispose]());
  const queues = await openQueues(options, (queue, of) =>
    openKafkaCommandLog({ kafka, queue, ...of, clock, ...losses(queue) }),
  );
  const onForeign = (records: number): void => metrics?.foreignRecords.inc(records);
  const feed = await openKafkaEventFeed({ kafka, catalog, key, onForeign });
  lifecycle.onStop('the event feed', () => feed.stop());
  const dead = await openDeadLetterTopic({ kafka });
  lifecycle.onStop('the dead-letter topic', () => dead.stop());
  return { queues, feed, publishDead: (letter) => dead.publishDead(letter) };
}

async function openPostgresLog<Queue extends string>(options: LogOptions<Queue>): Promise<Log<Queue>> {
  const { databaseUrl: url, pool, catalog, run, lifecycle, logger: log } = options;
  const { health = createConsumerHealth() } = options;
  const { partitions, cursorKey: key } = options.settings;
  const timing = groupTiming(options.groupSessionMs);
  const wakeUp = await openWakeUp({ url, name: 'madang-wake-up', key, run, log });
  lifecycle.onStop('the wake-up connection', () => wakeUp.stop());
  const queues = await openQueues(options, (queue, of) =>
    openPostgresCommandLog({ pool, wakeUp, queue, ...of, partitions, health, log, timing }),
  );
  const feed = openPostgresEventFeed({ pool, wakeUp, catalog, partitions, log, timing });
  lifecycle.onStop('the event feed', () => feed.stop());
  return { queues, feed };
}
