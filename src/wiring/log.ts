import { MADANG_EVENTS } from '../events/definitions.js';
import type { Config } from '../config.js';
import type { CommandLog } from '../engine/log/command-log.js';
import type { Log, LogOptions } from '../engine/open-log.js';
import { openLog } from '../engine/open-log.js';
import { readKafkaSecurity } from './kafka-security.js';
import type { Servers } from './servers.js';

/** The log with the queues of Madang. */
export interface LogEngine extends Omit<Log<never>, 'queues'> {
  readonly commands: CommandLog;
  /** The gifticon issuer's queue. */
  readonly requests: CommandLog;
}

export interface LogEngineOptions extends Omit<LogOptions<never>, 'kafka' | 'databaseUrl' | 'queues' | 'catalog'> {
  readonly config: Pick<Config, 'log' | 'topicPrefix'> & Partial<Pick<Config, 'kafkaSecurity' | 'groupSessionMs'>>;
  readonly servers: Servers;
}

const COMMANDS = 'commands';
const REQUESTS = 'gifticon.requests';
export const QUEUES = [COMMANDS, REQUESTS] as const;
/** A paced batch takes long and can be interrupted at any moment: its owner gives a partition up at once. */
const REQUESTS_DRAIN_MS = 250;
/** A press of the button waits for its turn anyway: in a burst a little more, for far fewer statements and requests. */
const REQUESTS_GATHER_MS = 10;

export async function openLogEngine({ config, servers, ...options }: LogEngineOptions): Promise<LogEngine> {
  const { queues, ...log } = await openLog({
    ...options,
    kafka:
      config.log === 'kafka'
        ? {
            brokers: servers.kafkaBrokers ?? [],
            prefix: config.topicPrefix,
            security: config.kafkaSecurity ? await readKafkaSecurity(config.kafkaSecurity) : undefined,
            mendsTopics: servers.ownsKafka ?? false,
          }
        : null,
    groupSessionMs: config.groupSessionMs ?? undefined,
    databaseUrl: servers.databaseUrl,
    queues: { [COMMANDS]: {}, [REQUESTS]: { drainMs: REQUESTS_DRAIN_MS, gatherMs: REQUESTS_GATHER_MS } },
    catalog: MADANG_EVENTS,
  });
  return { commands: queues[COMMANDS], requests: queues[REQUESTS], ...log };
}
