import { EVERYTHING_WRITABLE } from '../../src/engine/domain/readable.js';
import { MADANG_EVENTS } from '../../src/events/definitions.js';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { createDevTokens } from '../../src/server/identity/dev-tokens.js';
import { createLifecycle } from '../../src/engine/runtime/lifecycle.js';
import type { EventStore } from '../../src/engine/store/event-store.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { postgresEventStore } from '../../src/engine/postgres/event-store.js';
import type { DeploymentSettings } from '../../src/engine/postgres/settings.js';
import { openDeployment as openSettings } from '../../src/engine/postgres/settings.js';
import type { LogEngine } from '../../src/wiring/log.js';
import { openLogEngine } from '../../src/wiring/log.js';
import type { MadangOptions, MadangProcess } from '../../test/support/madang.js';
import { startMadang } from '../../test/support/madang.js';
import type { Stack } from './stack.js';
import { createDatabase } from './database.js';
import { ending, stopAll } from './endings.js';

export type Engine = 'embedded' | 'kafka';
export const ENGINES: readonly Engine[] = ['embedded', 'kafka'];
export const nameOf = (engine: Engine): string => (engine === 'kafka' ? 'Kafka' : 'PostgreSQL');

/** For a process that yields the processor to others on this machine. */
export const POLITE = { MADANG_NICE: 'idle' } as const;

/** The build of a checkout, run by a Node.js; of this process where they are missing. */
export type Build = Pick<MadangOptions, 'checkout' | 'node'>;

/** One deployment on the servers of the stack: a database, a log and processes of its own. */
export interface Deployment extends AsyncDisposable {
  readonly engine: Engine;
  readonly databaseUrl: string;
  /** The environment of its processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly pool: pg.Pool;
  readonly store: EventStore;
  /** Only after the first process has started, which sets the database up. */
  settings(): Promise<DeploymentSettings>;
  /** The log, for appending in bulk. */
  log(): Promise<LogEngine>;
  /** Tokens of users that are not registered: valid, but without a profile that others see. */
  tokens(userIds: readonly string[], roles?: readonly 'admin'[]): Promise<readonly string[]>;
  /** Starts one more process with these roles. */
  start(roles: string, env?: Readonly<Record<string, string>>, build?: Build): Promise<MadangProcess>;
}

export async function openDeployment(stack: Stack, engine: Engine): Promise<Deployment> {
  const name = randomBytes(4).toString('hex');
  const databaseUrl = await createDatabase(stack.databaseUrl, `bench_${name}`);
  const pool = openPool({ url: databaseUrl, max: 4, name: 'bench' });
  const logger = pino({ level: 'error' });
  const lifecycle = createLifecycle(logger);
  const processes: Promise<MadangProcess>[] = [];
  let over = false;
  const topicPrefix = `bench${name}`;
  const brokers = engine === 'kafka' ? [await stack.kafkaBroker()] : [];
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: stack.redisUrl,
    SEND_LIMIT_PER_SECOND: '0',
    MADANG_RATE_LIMITS: 'off',
    // The clients of a benchmark are many users at one address.
    MADANG_CONNECTIONS_PER_ADDRESS: '20000',
    LOG_LEVEL: 'info',
    MADANG_DATA_DIR: stack.dataDir,
    ...(engine === 'kafka'
      ? { KAFKA_BROKERS: brokers.join(), MADANG_TOPIC_PREFIX: topicPrefix }
      : { MADANG_LOG: 'embedded' }),
  };
  let opened: Promise<LogEngine> | undefined;
  const settings = (): Promise<DeploymentSettings> => openSettings(pool, null, 6);

  return {
    engine,
    databaseUrl,
    env,
    pool,
    store: postgresEventStore(pool, MADANG_EVENTS),
    settings,
    log: () =>
      (opened ??= settings().then((found) =>
        openLogEngine({
          config: { log: engine, topicPrefix },
          servers: { databaseUrl, redisUrl: stack.redisUrl, kafkaBrokers: brokers },
          pool,
          writable: EVERYTHING_WRITABLE,
          settings: found,
          lifecycle,
          logger,
        }),
      )),
    async tokens(userIds, roles = []) {
      const issuer = createDevTokens((await settings()).tokenKey);
      return Promise.all(
        userIds.map((id) => issuer.issue({ userId: id as never, handle: id.slice(0, 30), name: id, roles })),
      );
    },
    start(roles, more = {}, build = {}) {
      if (over) throw new Error('the deployment is stopping');
      const starting = startMadang({ env: { ...env, MADANG_ROLES: roles, ...more }, ...build });
      processes.push(starting);
      return starting;
    },
    [Symbol.asyncDispose]: ending(async () => {
      over = true;
      await stopAll(processes);
      await lifecycle.stop();
      await pool.end();
      const server = new pg.Client({ connectionString: stack.databaseUrl });
      await server.connect();
      await server.query(`DROP DATABASE bench_${name} WITH (FORCE)`);
      await server.end();
    }),
  };
}
