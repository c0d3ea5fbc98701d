import { z } from 'zod';
import { authContradictions, authOf, authSettings } from './auth-config.js';
import type { AuthConfig } from './auth-config.js';
import { closest } from './closest-name.js';
import { connectionLimitsOf, connectionSettings } from './connection-settings.js';
import type { KafkaSecurityConfig } from './kafka-settings.js';
import { kafkaContradictions, kafkaSecurityOf, kafkaSettings } from './kafka-settings.js';
import { list, origin, url, whole } from './setting-formats.js';
import { isNetwork } from './server/connections/client-address.js';
import type { ConnectionLimits } from './server/connections/connection-limits.js';
import type { TraceConfig } from './trace-settings.js';
import { traceContradictions, traceSettings, tracesOf } from './trace-settings.js';
import type { Nice } from './embedded/priority.js';
import type { WriteRates } from './schema/command/write-rates.js';
import { WRITE_LIMITS, readWriteRates } from './schema/command/write-rates.js';

export const ROLES = ['api', 'decider', 'projector', 'issuer', 'heat'] as const;
export type Role = (typeof ROLES)[number];

/** Lists every wrong or unknown setting at once, so that an operator can correct all of them together. */
export class ConfigError extends Error {
  readonly code = 'CONFIG';
  constructor(readonly problems: readonly string[]) {
    super(`the settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const environment = z.object({
  PORT: whole(0, 65_535).default(4000),
  HOST: z.string().default('127.0.0.1'),
  MADANG_DATA_DIR: z.string().default('./var'),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  DATABASE_REPLICA_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  KAFKA_BROKERS: z
    .string()
    .transform(list)
    .pipe(z.array(z.string().regex(/^[^\s:]+:\d+$/, 'must be host:port, separated by commas')).min(1))
    .optional(),
  ...kafkaSettings,
  MADANG_LOG: z.enum(['embedded', 'kafka']).optional(),
  MADANG_ROLES: z
    .string()
    .default('all')
    .transform((text) => (text === 'all' ? [...ROLES] : list(text)))
    .pipe(z.array(z.enum(ROLES)).min(1)),
  MADANG_PARTITIONS: whole(1, 1_024).optional(),
  MADANG_TOPIC_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,100}$/, 'may hold letters, digits, ".", "_" and "-"')
    .default('madang'),
  MADANG_GROUP_SESSION_MS: whole(1_000, 300_000).optional(),
  MADANG_DATABASE_CONNECTIONS: whole(4, 1_000).default(20),
  MADANG_REPLICA_CONNECTIONS: whole(1, 1_000).default(10),
  MADANG_COMMAND_WAIT_MS: whole(1, 300_000).default(10_000),
  MADANG_GRACE_MS: whole(0, 300_000).default(5_000),
  MADANG_DRAIN_DELAY_MS: whole(0, 300_000).default(0),
  MADANG_DRAIN_MS: whole(0, 300_000).default(0),
  MADANG_ANSWER_BYTES: whole(65_536, 1 << 30).default(4 << 20),
  MADANG_UNREAD_MS: whole(1_000, 3_600_000).default(60_000),
  MADANG_CORS_ORIGINS: z.string().default('').transform(list).pipe(z.array(origin)),
  MADANG_TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform(list)
    .pipe(z.array(z.string().refine(isNetwork, 'must be addresses or CIDRs such as 10.0.0.0/8, separated by commas'))),
  MADANG_METRICS_PORT: whole(0, 65_535).optional(),
  MADANG_KEEP_ALIVE_MS: whole(1, 3_600_000).default(72_000),
  ...connectionSettings,
  MADANG_HANDLE_RESERVE_SECONDS: whole(0, 315_360_000).default(2_592_000),
  MADANG_NICE: z
    .string()
    .regex(/^(?:1?\d|idle)$/, 'must be a whole number from 0 to 19, or "idle"')
    .default('0')
    .transform((text): Nice => (text === 'idle' ? text : Number(text))),
  MADANG_STOP_MS: whole(1_000, 600_000).default(20_000),
  ...authSettings,
  HOT_ROOM_ENTER: whole(0, 1e9).default(500),
  HOT_ROOM_EXIT: whole(0, 1e9).default(250),
  HOT_ROOM_LATE_MS: whole(0, 10_000).default(8),
  SEND_LIMIT_PER_SECOND: z.coerce.number().min(0).default(WRITE_LIMITS.sendMessage.perSecond),
  SEND_LIMIT_BURST: whole(1, 1e9).default(WRITE_LIMITS.sendMessage.burst),
  MADANG_RATE_LIMITS: z
    .string()
    .default('')
    .transform((text, issues): Partial<WriteRates> => {
      try {
        return readWriteRates(text);
      } catch (error) {
        issues.addIssue((error as Error).message);
        return z.NEVER;
      }
    }),
  GIFTICON_MIN_RATE: z.coerce.number().positive().default(10),
  GIFTICON_MAX_RATE: z.coerce.number().positive().optional(),
  MADANG_CODE_KEY: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits')
    .optional(),
  ...traceSettings,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

type Environment = z.output<typeof environment>;

/** Their names. */
export const SETTINGS: readonly string[] = Object.keys(environment.shape);

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** Null: the process starts its own server. */
  readonly databaseUrl: string | null;
  /** A standby of it, for queries of read models. Null: none. */
  readonly replicaUrl: string | null;
  readonly redisUrl: string | null;
  readonly kafkaBrokers: readonly string[] | null;
  /** Null: the brokers demand neither TLS nor a user. */
  readonly kafkaSecurity: KafkaSecurityConfig | null;
  readonly log: 'embedded' | 'kafka';
  readonly roles: ReadonlySet<Role>;
  /** Null: the number chosen at the first start. */
  readonly partitions: number | null;
  readonly topicPrefix: string;
  /** How long a process may be silent before others take its partitions over. Null: the default of the log's engine. */
  readonly groupSessionMs: number | null;
  /** The largest number of this process's connections to PostgreSQL. */
  readonly databaseConnections: number;
  /** The same for its replica. */
  readonly replicaConnections: number;
  /** The longest wait of a mutation for its stage. */
  readonly commandWaitMs: number;
  /** How long running requests may continue when the process stops; after `stopMs` it ends the remaining ones. */
  readonly graceMs: number;
  readonly stopMs: number;
  /**
   * How long a process that stops goes on serving with /readyz at 503, and the time after that over which it ends
   * sockets and streams.
   */
  readonly drainDelayMs: number;
  readonly drainMs: number;
  /** The largest size of an answer, in bytes. */
  readonly answerBytes: number;
  /** How long a client may leave sent data unread. */
  readonly unreadMs: number;
  /** Pages of these origins may call from a browser. */
  readonly corsOrigins: readonly string[];
  /** The `X-Forwarded-For` of these proxies is believed. */
  readonly trustedProxies: readonly string[];
  /** A separate port for readiness and metrics. Null: they are on `port`. */
  readonly metricsPort: number | null;
  /** How long an HTTP connection may idle. */
  readonly keepAliveMs: number;
  readonly connectionLimits: ConnectionLimits;
  /** How long the handle of a deleted account stays reserved. */
  readonly handleReserveMs: number;
  readonly nice: Nice;
  readonly auth: AuthConfig;
  /** Fetches a second in one room: above `enter` it turns hot, below `exit` for a while it cools. */
  readonly hotRoom: {
    readonly enter: number;
    readonly exit: number;
    /** Event-loop delay above which fetches of hot rooms are refused, except of the newest page; 0: never. */
    readonly lateMs: number;
  };
  /** The rate limits of mutations. `perSecond` 0: no limit. */
  readonly writeRates: WriteRates;
  readonly gifticon: {
    /** Bounds of the issuer's rate, in requests a second. `maxRate` null: none. */
    readonly minRate: number;
    readonly maxRate: number | null;
    /** 64 hexadecimal digits. Null: the deployment's own key. */
    readonly codeKey: string | null;
  };
  /** Null: nothing is traced. */
  readonly traces: TraceConfig | null;
  readonly logLevel: string;
}

export type { AuthConfig } from './auth-config.js';

export const DEFAULT_PARTITIONS = 6;

/**
 * The settings of this process. The only reader of the environment.
 * @throws {ConfigError} naming every problem
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  // An empty variable counts as not set: shells and compose files leave variables out this way.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const known = SETTINGS.filter((name) => name.startsWith('MADANG_'));
  const problems = Object.keys(given)
    .filter((name) => name.startsWith('MADANG_') && !known.includes(name))
    .map((name) => `${name}: no such setting${closest(name, known)}`);
  const parsed = environment.safeParse(given);
  if (parsed.success) problems.push(...contradictions(parsed.data));
  else
    problems.push(
      ...parsed.error.issues.map(
        (issue) => `${issue.path[0] === undefined ? '' : `${String(issue.path[0])}: `}${issue.message}`,
      ),
      ...amongTheRest(given, parsed.error),
    );
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

function contradictions(env: Environment): string[] {
  const problems = authContradictions(env);
  if (env.MADANG_METRICS_PORT !== undefined && env.MADANG_METRICS_PORT !== 0 && env.MADANG_METRICS_PORT === env.PORT) {
    problems.push('MADANG_METRICS_PORT: must differ from PORT; leave it out to serve metrics there');
  }
  if (env.DATABASE_REPLICA_URL && !env.DATABASE_URL)
    problems.push(
      'DATABASE_REPLICA_URL: set DATABASE_URL, too: a replica follows a server, and an embedded one has none',
    );
  if (env.MADANG_LOG === 'embedded' && env.KAFKA_BROKERS)
    problems.push('MADANG_LOG: embedded does not go with KAFKA_BROKERS: unset one of them');
  problems.push(...kafkaContradictions(env), ...traceContradictions(env));
  const drain = env.MADANG_DRAIN_DELAY_MS + env.MADANG_DRAIN_MS;
  if (drain > 0 && env.MADANG_STOP_MS <= drain + env.MADANG_GRACE_MS)
    problems.push(
      'MADANG_STOP_MS: must exceed the sum of MADANG_DRAIN_DELAY_MS, MADANG_DRAIN_MS and MADANG_GRACE_MS, ' +
        `which is ${drain + env.MADANG_GRACE_MS}`,
    );
  if (env.HOT_ROOM_ENTER > 0 && env.HOT_ROOM_EXIT >= env.HOT_ROOM_ENTER)
    problems.push('HOT_ROOM_EXIT: must be below HOT_ROOM_ENTER');
  if (env.GIFTICON_MAX_RATE !== undefined && env.GIFTICON_MAX_RATE < env.GIFTICON_MIN_RATE)
    problems.push('GIFTICON_MAX_RATE: must not be below GIFTICON_MIN_RATE');
  return problems;
}

/** Contradictions among the settings that are readable: they are reported together with the unreadable ones. */
function amongTheRest(given: Readonly<Record<string, string | undefined>>, { issues }: z.ZodError): string[] {
  const wrong = issues.map(({ path }) => String(path[0]));
  const rest = environment.safeParse(
    Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.includes(name))),
  );
  if (!rest.success) return [];
  return contradictions(rest.data).filter((problem) => !wrong.some((name) => problem.includes(name)));
}

function toConfig(env: Environment): Config {
  return {
    port: env.PORT,
    host: env.HOST,
    dataDir: env.MADANG_DATA_DIR,
    databaseUrl: env.DATABASE_URL ?? null,
    replicaUrl: env.DATABASE_REPLICA_URL ?? null,
    redisUrl: env.REDIS_URL ?? null,
    kafkaBrokers: env.KAFKA_BROKERS ?? null,
    kafkaSecurity: kafkaSecurityOf(env),
    log: env.MADANG_LOG ?? (env.KAFKA_BROKERS ? 'kafka' : 'embedded'),
    roles: new Set(env.MADANG_ROLES),
    partitions: env.MADANG_PARTITIONS ?? null,
    topicPrefix: env.MADANG_TOPIC_PREFIX,
    groupSessionMs: env.MADANG_GROUP_SESSION_MS ?? null,
    databaseConnections: env.MADANG_DATABASE_CONNECTIONS,
    replicaConnections: env.MADANG_REPLICA_CONNECTIONS,
    commandWaitMs: env.MADANG_COMMAND_WAIT_MS,
    graceMs: env.MADANG_GRACE_MS,
    stopMs: env.MADANG_STOP_MS,
    drainDelayMs: env.MADANG_DRAIN_DELAY_MS,
    drainMs: env.MADANG_DRAIN_MS,
    answerBytes: env.MADANG_ANSWER_BYTES,
    unreadMs: env.MADANG_UNREAD_MS,
    corsOrigins: env.MADANG_CORS_ORIGINS,
    trustedProxies: env.MADANG_TRUSTED_PROXIES,
    metricsPort: env.MADANG_METRICS_PORT ?? null,
    keepAliveMs: env.MADANG_KEEP_ALIVE_MS,
    connectionLimits: connectionLimitsOf(env),
    handleReserveMs: env.MADANG_HANDLE_RESERVE_SECONDS * 1_000,
    nice: env.MADANG_NICE,
    auth: authOf(env),
    hotRoom: {
      enter: env.HOT_ROOM_ENTER || Number.POSITIVE_INFINITY,
      exit: env.HOT_ROOM_EXIT,
      lateMs: env.HOT_ROOM_LATE_MS,
    },
    writeRates: {
      ...WRITE_LIMITS,
      ...env.MADANG_RATE_LIMITS,
      sendMessage: { perSecond: env.SEND_LIMIT_PER_SECOND, burst: env.SEND_LIMIT_BURST },
    },
    gifticon: {
      minRate: env.GIFTICON_MIN_RATE,
      maxRate: env.GIFTICON_MAX_RATE ?? null,
      codeKey: env.MADANG_CODE_KEY?.toLowerCase() ?? null,
    },
    traces: tracesOf(env),
    logLevel: env.LOG_LEVEL,
  };
}
