import { startKafka } from '../../src/embedded/kafka.js';
import { startPostgres } from '../../src/embedded/postgres.js';
import type { Engine } from './deployment.js';
import type { KillableServer } from './killable-servers.js';
import { openKillable } from './killable-servers.js';
import { createDataDir } from './madang.js';
import type { NamedProcesses } from './named-processes.js';
import { openProcesses } from './named-processes.js';

/** The processes of one deployment, on a PostgreSQL and a Kafka of their own: all of them may be killed. */
export interface FaultSite extends NamedProcesses {
  readonly env: Readonly<Record<string, string>>;
  readonly postgres: KillableServer;
  /** Null where the log is in PostgreSQL. */
  readonly kafka: KillableServer | null;
}

export async function openFaultSite(engine: Engine): Promise<FaultSite> {
  const data = await createDataDir();
  const dataDir = data.path;
  const [postgres, kafka] = await Promise.all([
    openKillable(startPostgres, { dataDir, settings: { max_connections: '200' } }),
    engine === 'kafka' ? openKillable(startKafka, { dataDir }) : null,
  ]).catch(async (error: unknown) => {
    await data[Symbol.asyncDispose]();
    throw error;
  });
  const env: Record<string, string> = {
    DATABASE_URL: postgres.url,
    REDIS_URL: process.env.TEST_REDIS_URL!,
    ...(kafka ? { KAFKA_BROKERS: kafka.url, MADANG_GROUP_SESSION_MS: '5000' } : { MADANG_LOG: 'embedded' }),
  };
  const processes = openProcesses(env);
  const endProcesses = processes[Symbol.asyncDispose].bind(processes);
  // Assigned to, not spread: `running` is a getter.
  return Object.assign(processes, {
    env,
    postgres,
    kafka,
    async [Symbol.asyncDispose]() {
      await endProcesses();
      await Promise.all([postgres[Symbol.asyncDispose](), kafka?.[Symbol.asyncDispose]()]);
      await data[Symbol.asyncDispose]();
    },
  });
}
