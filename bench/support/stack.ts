import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startKafka } from '../../src/platform/servers/kafka.js';
import type { ManagedServer } from '../../src/platform/servers/managed-server.js';
import { startPostgres } from '../../src/platform/servers/postgres.js';
import { startRedis } from '../../src/platform/servers/redis.js';

/** Real servers of the benchmark's own, with the settings that `npm start` gives them, in a directory that goes with them. */
export interface Stack extends AsyncDisposable {
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Started with the first who asks: a broker that nobody uses takes 3 % of a processor. */
  kafkaBroker(): Promise<string>;
}

export async function startStack(): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'madang-bench-'));
  const started: ManagedServer[] = [];
  const dispose = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const options = { dataDir, log: pino({ level: 'warn' }) };
    // One after the other: each is ready before the next takes the machine.
    for (const start of [startPostgres, startRedis]) started.push(await start(options));
    const [postgres, redis] = started as [ManagedServer, ManagedServer];
    let kafka: Promise<string> | undefined;
    const startBroker = async (): Promise<string> => {
      const broker = await startKafka(options);
      started.push(broker);
      return broker.url;
    };
    return { dataDir, databaseUrl: postgres.url, redisUrl: redis.url, kafkaBroker: () => (kafka ??= startBroker()), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
