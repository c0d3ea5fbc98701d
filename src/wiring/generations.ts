import { hostname } from 'node:os';
import type pg from 'pg';
import type { Lifecycle } from '../platform/lifecycle.js';
import type { Generations } from '../platform/ports/generations.js';
import type { DatabaseRun } from '../platform/postgres/epochs.js';
import { postgresGenerationStore } from '../platform/postgres/generation-store.js';
import { postgresGenerations } from '../platform/postgres/generations.js';
import { openPool } from '../platform/postgres/pool.js';
import { redisGenerationStore } from '../platform/redis/generation-store.js';
import type { Choice } from '../workers/rebuild/choice.js';
import type { ReadModels } from './read-models.js';

export interface GenerationsSetup {
  readonly pool: pg.Pool;
  readonly run: DatabaseRun;
  readonly databaseUrl: string;
  readonly logId: string;
  readonly models: ReadModels;
  /** Connections for building, at most. */
  readonly connections: number;
  /** What is done, such as `rebuild`: told to those who meet its lock. */
  readonly purpose: string;
  readonly lifecycle: Lifecycle;
}

/**
 * What works on generations of read models stands on: every read model with its stores, and the record of generations.
 */
export function openGenerations(setup: GenerationsSetup): {
  readonly generations: Generations;
  readonly choices: readonly Choice[];
} {
  const { pool, run, databaseUrl, logId, models, connections, purpose, lifecycle } = setup;
  // What is built can be built again: its commits need not wait for the disk. A page may take long on a busy disk, and
  // nothing waits for it.
  const building = openPool({ url: databaseUrl, max: connections, name: `madang-${purpose}`, durable: false, run });
  lifecycle.onStop(`the pool of ${purpose}`, () => building.end());
  const stores = {
    postgres: postgresGenerationStore(building),
    redis: redisGenerationStore(models.redis, logId, models.epochs),
  };
  return {
    generations: postgresGenerations({
      pool,
      url: databaseUrl,
      run,
      runner: `madang ${purpose} on ${hostname().slice(0, 24)}, process ${process.pid}`,
    }),
    choices: models.sets.flatMap(({ store, projections, isTransient }) =>
      projections.map((projection) => ({ projection, live: store, store: stores[store.kind], isTransient })),
    ),
  };
}
