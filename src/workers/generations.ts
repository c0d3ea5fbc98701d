import { hostname } from 'node:os';
import type pg from 'pg';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Generations } from '../engine/rebuild/generations.js';
import type { DatabaseRun } from '../engine/postgres/epochs.js';
import { postgresGenerationStore } from '../engine/postgres/generation-store.js';
import { postgresGenerations } from '../engine/postgres/generations.js';
import { openPool } from '../engine/postgres/pool.js';
import { redisGenerationStore } from '../engine/redis/generation-store.js';
import type { Choice } from '../engine/rebuild/choice.js';
import type { ReadModels } from './projector.js';

export interface GenerationsSetup {
  readonly pool: pg.Pool;
  readonly run: DatabaseRun;
  readonly databaseUrl: string;
  readonly logId: string;
  readonly models: ReadModels;
  /** The largest number of connections for building. */
  readonly connections: number;
  /** The purpose, such as `rebuild`: shown to others who wait for its lock. */
  readonly purpose: string;
  readonly lifecycle: Lifecycle;
}

/** The foundation of all work on generations: every read model with its stores, and the record of generations. */
export function openGenerations(setup: GenerationsSetup): {
  readonly generations: Generations;
  readonly choices: readonly Choice[];
} {
  const { pool, run, databaseUrl, logId, models, connections, purpose, lifecycle } = setup;
  // A build can be repeated: its commits need not wait for the disk. A page may take long on a busy disk, and nothing
  // waits for it.
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
