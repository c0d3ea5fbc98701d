import { MADANG_EVENTS } from '../events/definitions.js';
import type pg from 'pg';
import type { Config } from '../config.js';
import type { ConsumerHealth } from '../engine/log/consumer-health.js';
import { createConsumerHealth } from '../engine/log/consumer-health.js';
import { openDeadLetterTopic } from '../engine/kafka/dead-letters.js';
import { openKafkaCommandLog } from '../engine/kafka/command-log.js';
import { openKafka } from '../engine/kafka/connection.js';
import { openKafkaEventFeed } from '../engine/kafka/event-feed.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Metrics } from '../engine/runtime/metrics.js';
import type { CommandLog } from '../engine/log/command-log.js';
import type { EventFeed } from '../engine/log/event-feed.js';
import type { DeadLetter } from '../engine/store/event-store.js';
import { openPostgresCommandLog } from '../engine/postgres/command-log.js';
import { openPostgresEventFeed } from '../engine/postgres/event-feed.js';
import type { DatabaseRun } from '../engine/postgres/epochs.js';
import type { DeploymentSettings } from '../engine/postgres/settings.js';
import { openWakeUp } from '../engine/postgres/wake-up.js';
import type { RemoteClock } from '../engine/runtime/remote-clock.js';
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
  const feed = await openKafkaEventFeed({
    kafka,
    catalog: MADANG_EVENTS,
    key,
    onForeign: (records) => metrics?.foreignRecords.inc(records),
  });
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
  const feed = openPostgresEventFeed({ pool, wakeUp, catalog: MADANG_EVENTS, partitions, log });
  lifecycle.onStop('the event feed', () => feed.stop());
  return { commands, requests, feed };
}
