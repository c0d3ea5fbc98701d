import { resolve } from 'node:path';
import type { Config } from '../config.js';
import { readConfig } from '../config.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import { createLifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import { createLogger } from '../engine/runtime/logging.js';
import { openPool } from '../engine/postgres/pool.js';
import { describeUnreachable } from '../engine/postgres/unreachable.js';
import { RedisAwayError, isTimeout } from '../engine/redis/errors.js';
import { serverPlace } from '../engine/runtime/server-place.js';
import { PROGRAM } from '../program.js';
import { readRunningServers } from '../embedded/running-servers.js';
import type { Foundation } from '../wiring/foundation.js';
import { joinFoundation } from '../wiring/foundation.js';
import type { Servers } from '../wiring/servers.js';

/**
 * Exit statuses, beside 0. `NOT_DONE`: refused, failed, or unknown. `MISTYPED`: the command, a setting or a name in it
 * is wrong, so that repeating it does not help.
 */
export const NOT_DONE = 1;
export const MISTYPED = 2;

/** An error for the operator: one line, with the next step. */
export class CliError extends Error {
  readonly code = 'FOR_OPERATORS';
  constructor(
    message: string,
    readonly exitCode: number = NOT_DONE,
  ) {
    super(message);
  }
}

/**
 * A running system, reached by the environment of its processes, or through the embedded servers whose addresses `npm
 * start` wrote.
 */
export interface Connection extends Foundation {
  readonly config: Config;
  readonly servers: Servers;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
}

/** Opens the connection, runs the command, and closes everything, also after a failure. */
export async function withConnection<T>(run: (connection: Connection) => Promise<T>): Promise<T> {
  const settings = readConfig(process.env);
  const logger = createLogger({ level: process.env.LOG_LEVEL ? settings.logLevel : 'silent' });
  const lifecycle = createLifecycle(logger);
  try {
    const { config, servers } = await findServers(settings);
    const foundation = await joinFoundation(config, servers, PROGRAM, lifecycle, logger);
    return await run({ ...foundation, config, servers, lifecycle, logger }).catch((error: unknown) => {
      if (!(error instanceof RedisAwayError) && !isTimeout(error)) throw error;
      const why = (error instanceof RedisAwayError ? error.why : null) ?? 'it does not answer';
      throw new CliError(
        `Redis at ${serverPlace(servers.redisUrl, 6379)} cannot be used (${why}): start it, or correct REDIS_URL`,
      );
    });
  } finally {
    await lifecycle.stop();
  }
}

/** The database alone, which may lack migrations; nothing is written to it. */
export async function withDatabase<T>(run: (pool: Foundation['pool']) => Promise<T>): Promise<T> {
  const settings = readConfig(process.env);
  const databaseUrl = settings.databaseUrl ?? (await readRunningServers(resolve(settings.dataDir)))?.databaseUrl;
  if (!databaseUrl) throw notRunning(settings);
  const pool = openPool({ url: databaseUrl, max: 2, name: 'madang-tool' });
  try {
    return await run(pool);
  } catch (error) {
    throw describeUnreachable(error, databaseUrl);
  } finally {
    await pool.end();
  }
}

const notRunning = ({ dataDir }: Config): CliError =>
  new CliError(
    `no running system is known in ${dataDir}: run npm start, ` +
      'or set DATABASE_URL and REDIS_URL as its processes have them',
  );

async function findServers(config: Config): Promise<{ config: Config; servers: Servers }> {
  const running = await readRunningServers(resolve(config.dataDir));
  const databaseUrl = config.databaseUrl ?? running?.databaseUrl;
  const redisUrl = config.redisUrl ?? running?.redisUrl;
  if (!databaseUrl || !redisUrl) {
    throw notRunning(config);
  }
  const kafkaBrokers = config.kafkaBrokers ?? running?.kafkaBrokers?.split(',') ?? null;
  return {
    config: { ...config, log: kafkaBrokers ? 'kafka' : 'embedded' },
    servers: { databaseUrl, redisUrl, kafkaBrokers },
  };
}
