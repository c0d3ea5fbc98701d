import { randomBytes } from 'node:crypto';
import { createTestDatabase } from './database.js';
import type { MadangProcess } from './madang.js';
import { startMadang } from './madang.js';

export const engines = ['embedded', 'kafka'] as const;
export type Engine = (typeof engines)[number];

/** A database, a log and Redis keys of its own: the shared state of one deployment's processes. */
export interface Deployment extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** Starts one more process of it. */
  start(env?: Readonly<Record<string, string>>): Promise<MadangProcess>;
}

export async function openDeployment(engine: Engine): Promise<Deployment> {
  const database = await createTestDatabase();
  const env: Record<string, string> = {
    DATABASE_URL: database.url,
    REDIS_URL: process.env.TEST_REDIS_URL!,
    ...(engine === 'kafka'
      ? { KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS!, MADANG_TOPIC_PREFIX: `t${randomBytes(6).toString('hex')}` }
      : { MADANG_LOG: 'embedded' }),
  };
  return {
    env,
    start: (more = {}) => startMadang({ env: { ...env, ...more } }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
