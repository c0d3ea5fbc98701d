import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { ensureTemplate } from './template.js';

/** The servers come from the build, because Jest does not transform this file's imports. */
async function built() {
  try {
    const [{ startPostgres }, { startRedis }, { startKafka }] = await Promise.all([
      import('../../dist/embedded/postgres.js'),
      import('../../dist/embedded/redis.js'),
      import('../../dist/embedded/kafka.js'),
    ]);
    return { startPostgres, startRedis, startKafka };
  } catch (cause) {
    throw new Error(
      'the integration tests run the built program: npm test builds it first, or run npx tsc -p tsconfig.build.json',
      { cause },
    );
  }
}

/**
 * Nobody kills the machine of these servers, nor the server that suites share: hundreds of databases are made and
 * dropped without waiting for the disk. Suites about crashes start servers of their own.
 */
const WITHOUT_CRASHES = { fsync: 'off', full_page_writes: 'off' };

/**
 * Starts PostgreSQL, Redis and Kafka once for the run. A server whose URL is in the environment is used instead, so
 * that many short runs need not start them again: TEST_POSTGRES_URL (a superuser's), TEST_REDIS_URL,
 * TEST_KAFKA_BROKERS.
 */
export default async function globalSetup() {
  const started = [];
  const dataDir = await mkdtemp(join(tmpdir(), 'madang-test-'));
  const close = async () => {
    await Promise.all(started.map((server) => server.stop()));
    await rm(dataDir, { recursive: true, force: true });
  };
  globalThis.madangTest = { close, run: randomBytes(4).toString('hex') };
  try {
    const { startPostgres, startRedis, startKafka } = await built();
    const options = { dataDir, log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'warn' }) };
    const start = async (name, startServer, settings) => {
      if (process.env[name]) return;
      const server = await startServer({ ...options, settings });
      started.push(server);
      process.env[name] = server.url;
    };
    const outcomes = await Promise.allSettled([
      start('TEST_POSTGRES_URL', startPostgres, { max_connections: '600', ...WITHOUT_CRASHES }),
      start('TEST_REDIS_URL', startRedis),
      start('TEST_KAFKA_BROKERS', startKafka),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    // The brokers of suites live briefly: half of the processor time of their start is the compiler for long runs.
    process.env.JDK_JAVA_OPTIONS = '-XX:TieredStopAtLevel=1';
    process.env.TEST_TEMPLATE = await ensureTemplate(process.env.TEST_POSTGRES_URL);
    // From here on every process that a test starts carries the id, and so does every database in its name.
    process.env.TEST_RUN_ID = globalThis.madangTest.run;
  } catch (error) {
    await close();
    throw error;
  }
}
