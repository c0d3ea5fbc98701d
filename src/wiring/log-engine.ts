import type pg from 'pg';
import type { Config } from '../config.js';
import type { ConsumerHealth } from '../platform/consumer-health.js';
import { createConsumerHealth } from '../platform/consumer-health.js';
import { openDeadLetterTopic } from '../platform/kafka/dead-letters.js';
import { openKafkaCommandLog } from '../platform/kafka/command-log.js';
import { openKafka } from '../platform/kafka/connection.js';
import { openKafkaEventFeed } from '../platform/kafka/event-feed.js';
import type { Lifecycle } from '../platform/lifecycle.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import type { CommandLog } from '../platform/ports/command-log.js';
import type { EventFeed } from '../platform/ports/event-feed.js';
import type { DeadLetter } from '../platform/ports/event-store.js';
import { openPostgresCommandLog } from '../platform/postgres/command-log.js';
import { openPostgresEventFeed } from '../platform/postgres/event-feed.js';
import type { DatabaseRun } from '../platform/postgres/epochs.js';
import type { DeploymentSettings } from '../platform/postgres/settings.js';
import { openWakeUp } from '../platform/postgres/wake-up.js';
import type { RemoteClock } from '../platform/remote-clock.js';
import type { Servers } from './servers.js';

/** The log, on one of its two engines. Nothing above knows which. */
export interface LogEngine {
  readonly commands: CommandLog;
  /** The gifticon issuer's queue. */
  readonly requests: CommandLog;
  readonly feed: EventFeed;
  /** Publishes a copy of a dead letter; absent where there is no topic for it. */
  readonly publishDead?: (letter: DeadLetter) => Promise<void>;
}

export interface LogEngineOptions {
  readonly config: Pick<Config, 'log' | 'topicPrefix'>;
  readonly servers: Servers;
  readonly pool: pg.Pool;
  /** Absent where nothing else of the process goes by epochs. */
  readonly run?: DatabaseRun;
  /** `sealKey` also signs what is published where others can write, too. */
  readonly settings: Pick<DeploymentSettings, 'partitions' | 'sealKey'>;
  /** Hears of the broker's. */
  readonly brokerClock?: Pick<RemoteClock, 'read'>;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Hears of the consumers. */
  readonly health?: ConsumerHealth;
}

const COMMANDS = 'commands';
const REQUESTS = 'gifticon.requests';
export const QUEUES = [COMMANDS, REQUESTS] as const;
/** A paced batch goes on for long and can be left at any moment: whoever gives a partition up does not wait for it. */
const REQUESTS_DRAIN_MS = 250;

export function openLogEngine(options: LogEngineOptions): Promise<LogEngine> {
  switch (options.config.log) {
    case 'kafka':
      return openKafkaEngine(options);
    case 'embedded':
      return openPostgresEngine(options);
    default:
      return options.config.log satisfies never;
  }
}

async function openKafkaEngine({
  config,
  servers,
  settings: { partitions, sealKey: key },
  metrics,
  health = createConsumerHealth(),
  brokerClock: clock,
  lifecycle,
  logger: log,
}: LogEngineOptions): Promise<LogEngine> {
  const losses = (queue: string) => {
    // What has never been counted is absent, and the first loss would be no increase.
    metrics?.commandsLost.inc({ queue }, 0);
    metrics?.topicsReplaced.inc({ queue }, 0);
    return {
      onLost: (commands: number) => metrics?.commandsLost.inc({ queue }, commands),
      onReplaced: () => metrics?.topicsReplaced.inc({ queue }),
    };
  };
  const kafka = await openKafka({
    brokers: servers.kafkaBrokers ?? [],
    prefix: config.topicPrefix,
    partitions,
    health,
    log,
  });
  lifecycle.onStop('the connection to Kafka', async () => kafka[Symbol.asyncDispose]());
  const commands = await openKafkaCommandLog({ kafka, queue: COMMANDS, clock, ...losses(COMMANDS) });
  lifecycle.onStop('the command log', () => commands.stop());
  const requests = await openKafkaCommandLog({
    kafka,
    queue: REQUESTS,
    drainMs: REQUESTS_DRAIN_MS,
    clock,
    ...losses(REQUESTS),
  });
  lifecycle.onStop('the queue of gifticon requests', () => requests.stop());
  const feed = await openKafkaEventFeed({ kafka, key, onForeign: (records) => metrics?.foreignRecords.inc(records) });
  lifecycle.onStop('the event feed', () => feed.stop());
  const dead = await openDeadLetterTopic({ kafka });
  lifecycle.onStop('the dead-letter topic', () => dead.stop());
  return { commands, requests, feed, publishDead: (letter) => dead.publishDead(letter) };
}

async function openPostgresEngine({
  servers,
  pool,
  run,
  settings: { partitions },
  health = createConsumerHealth(),
  lifecycle,
  logger: log,
}: LogEngineOptions): Promise<LogEngine> {
  const wakeUp = await openWakeUp({ url: servers.databaseUrl, name: 'madang-wake-up', run, log });
  lifecycle.onStop('the wake-up connection', () => wakeUp.stop());
  const commands = openPostgresCommandLog({ pool, wakeUp, queue: COMMANDS, partitions, health, log });
  lifecycle.onStop('the command log', () => commands.stop());
  const requests = openPostgresCommandLog({
    pool,
    wakeUp,
    queue: REQUESTS,
    partitions,
    health,
    log,
    drainMs: REQUESTS_DRAIN_MS,
  });
  lifecycle.onStop('the queue of gifticon requests', () => requests.stop());
  const feed = openPostgresEventFeed({ pool, wakeUp, partitions, log });
  lifecycle.onStop('the event feed', () => feed.stop());
  return { commands, requests, feed };
}
