import { resolve } from 'node:path';
import type { Config } from '../config.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import { startKafka } from '../embedded/kafka.js';
import type { ManagedServer, ServerOptions } from '../embedded/managed-server.js';
import { startPostgres } from '../embedded/postgres.js';
import { startRedis } from '../embedded/redis.js';
import { removeRunningServers, writeRunningServers } from '../embedded/running-servers.js';

/** The addresses of the servers that the system needs. */
export interface Servers {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Null if the log is in PostgreSQL. */
  readonly kafkaBrokers: readonly string[] | null;
  /** Whether this process started the broker, which no other program configures. */
  readonly ownsKafka?: boolean;
}

/**
 * Starts the servers that the settings do not name, in parallel, and writes their addresses for the command-line tool.
 */
export async function openServers(
  config: Config,
  lifecycle: Lifecycle,
  logger: Logger,
  signal: AbortSignal,
): Promise<Servers> {
  const dataDir = resolve(config.dataDir);
  const own = async (start: (options: ServerOptions) => Promise<ManagedServer>): Promise<string> => {
    const server = await start({ dataDir, log: logger, signal, supervise: true });
    lifecycle.onStop(server.name, () => server.stop());
    return server.url;
  };

  const needsKafka = config.log === 'kafka';
  // Settled individually, so that a started server is stopped again if another one failed.
  const [database, redis, kafka] = await Promise.allSettled([
    config.databaseUrl ?? own(startPostgres),
    config.redisUrl ?? own(startRedis),
    needsKafka ? (config.kafkaBrokers ?? own(startKafka).then((broker) => [broker])) : null,
  ]);
  const failed = [database, redis, kafka].find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;

  const servers: Servers = {
    databaseUrl: (database as PromiseFulfilledResult<string>).value,
    redisUrl: (redis as PromiseFulfilledResult<string>).value,
    kafkaBrokers: (kafka as PromiseFulfilledResult<readonly string[] | null>).value,
    ownsKafka: needsKafka && !config.kafkaBrokers,
  };
  if (!config.databaseUrl || !config.redisUrl || (needsKafka && !config.kafkaBrokers)) {
    await writeRunningServers(dataDir, {
      databaseUrl: servers.databaseUrl,
      redisUrl: servers.redisUrl,
      kafkaBrokers: servers.kafkaBrokers?.join(','),
    });
    lifecycle.onStop('the note of running servers', () => removeRunningServers(dataDir));
  }
  return servers;
}
