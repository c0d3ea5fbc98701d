import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startKafka } from '../../src/embedded/kafka.js';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import { startRedis } from '../../src/embedded/redis.js';
import { ending, stopAll } from './endings.js';

/** Several programs that are compared keep their connections at the same time. */
const CONNECTIONS = { max_connections: '400' } as const;

/** Real servers of the benchmark's own, with the settings of `npm start`, in a temporary directory. */
export interface Stack extends AsyncDisposable {
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Started at the first call: an idle broker takes 3 % of a processor. */
  kafkaBroker(): Promise<string>;
  /** The processes of PostgreSQL and, once it was started, of the broker. */
  pids(): Promise<{ readonly postgres: number; readonly broker: number | null }>;
}

export async function startStack(): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'madang-bench-'));
  const starting: Promise<ManagedServer>[] = [];
  const ended = new AbortController();
  const options = { dataDir, log: pino({ level: 'warn' }), signal: ended.signal };
  const started = (start: typeof startPostgres): Promise<ManagedServer> => {
    const server = start({ ...options, ...(start === startPostgres ? { settings: CONNECTIONS } : {}) });
    starting.push(server);
    return server;
  };
  const dispose = ending(async () => {
    ended.abort();
    await stopAll(starting);
    await rm(dataDir, { recursive: true, force: true });
  });
  try {
    // One after the other: each is ready before the next takes the machine.
    const postgres = await started(startPostgres);
    const redis = await started(startRedis);
    let kafka: Promise<ManagedServer> | undefined;
    return {
      dataDir,
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      kafkaBroker: async () => (await (kafka ??= started(startKafka))).url,
      pids: async () => ({ postgres: postgres.pid, broker: (await kafka)?.pid ?? null }),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
