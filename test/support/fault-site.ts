import { startKafka } from '../../src/platform/servers/kafka.js';
import { startPostgres } from '../../src/platform/servers/postgres.js';
import { sendSignal } from '../../src/platform/servers/processes.js';
import type { Engine } from './deployment.js';
import type { KillableServer } from './killable-servers.js';
import { openKillable } from './killable-servers.js';
import type { MadangProcess } from './madang.js';
import { createDataDir, startMadang } from './madang.js';

/** The processes of one deployment by their names, on a PostgreSQL and a Kafka that are nobody else's: all of them may be killed. */
export interface FaultSite extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly postgres: KillableServer;
  /** Null where the log is in PostgreSQL. */
  readonly kafka: KillableServer | null;
  /** Starts a process, or starts it again as it was last started. */
  start(name: string, env?: Readonly<Record<string, string>>): Promise<void>;
  /** SIGKILL; gone when this resolves. */
  kill(name: string): Promise<void>;
  /** SIGTERM; resolves with its exit status. */
  stop(name: string): Promise<number | null>;
  /** SIGSTOP: it does nothing any more, and knows nothing of it. */
  freeze(name: string): void;
  /** SIGCONT. */
  thaw(name: string): void;
  /** Where it is to be reached, or was last. */
  url(name: string): string;
  /** What it has written to its log since it was last started; nothing where it does not run. */
  log(name: string): MadangProcess['log'];
  /** The processes that run. */
  readonly running: readonly string[];
  /** Those that ended without having been told to. */
  readonly fallen: readonly string[];
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
    ...(kafka ? { KAFKA_BROKERS: kafka.url } : { MADANG_LOG: 'embedded' }),
  };
  const known = new Map<string, { env: Readonly<Record<string, string>>; process: MadangProcess }>();
  const running = new Set<string>();
  const fallen: string[] = [];
  const processOf = (name: string): MadangProcess => {
    const found = known.get(name);
    if (!found) throw new Error(`${name} was never started`);
    return found.process;
  };

  return {
    env,
    postgres,
    kafka,
    async start(name, more = known.get(name)?.env ?? {}) {
      const started = await startMadang({ env: { ...env, ...more } });
      known.set(name, { env: more, process: started });
      running.add(name);
      void started.exited.then((code) => {
        if (running.has(name) && processOf(name) === started) fallen.push(`${name} ended with ${code}: ${started.log.at(-1)?.text}`);
      });
    },
    async kill(name) {
      running.delete(name);
      await processOf(name).kill();
    },
    stop(name) {
      running.delete(name);
      return processOf(name).stop();
    },
    freeze: (name) => sendSignal(processOf(name).pid, 'SIGSTOP'),
    thaw: (name) => sendSignal(processOf(name).pid, 'SIGCONT'),
    url: (name) => processOf(name).url,
    log: (name) => (running.has(name) ? processOf(name).log : []),
    get running() {
      return [...running];
    },
    fallen,
    async [Symbol.asyncDispose]() {
      const left = [...running];
      running.clear();
      await Promise.all(left.map((name) => processOf(name).kill()));
      await Promise.all([postgres[Symbol.asyncDispose](), kafka?.[Symbol.asyncDispose]()]);
      await data[Symbol.asyncDispose]();
    },
  };
}
