import type pg from 'pg';
import type { Config } from '../config.js';
import type { ReadModelProgress, ReadModelSet } from '../engine/gateway/read-model-progress.js';
import { openPool } from '../engine/postgres/pool.js';
import type { Projector } from '../engine/projector/projector.js';
import { startProjector } from '../engine/projector/projector.js';
import type { DeadLetters } from '../engine/store/dead-letters.js';
import type { Metrics } from '../metrics.js';
import type { Foundation } from '../wiring/foundation.js';
import { projectionConnections } from '../wiring/foundation.js';
import type { LogEngine } from '../wiring/log.js';
import type { Servers } from '../wiring/servers.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Tracer } from '../engine/runtime/tracing.js';
import type { LogEpochs } from '../engine/log/log-epochs.js';
import { isNoFaultOfTheRecord } from '../engine/postgres/errors.js';
import { postgresProjectionStore } from '../engine/postgres/projection-store.js';
import { openRedis } from '../engine/redis/client.js';
import type { RedisConnection } from '../engine/redis/client.js';
import { isTransientRedisError } from '../engine/redis/errors.js';
import { redisProjectionStore } from '../engine/redis/projection-store.js';
import { postgresProjections, redisProjections } from '../projections/registry.js';

export interface ReadModels {
  readonly redis: RedisConnection;
  readonly epochs: LogEpochs;
  readonly sets: readonly ReadModelSet[];
}

/** Every read model, with the store that it lives in. */
export async function openReadModels(
  pool: pg.Pool,
  redisUrl: string,
  logId: string,
  epochs: LogEpochs,
  lifecycle: Lifecycle,
  logger: Logger,
): Promise<ReadModels> {
  const redis = await openRedis(redisUrl, { log: logger });
  lifecycle.onStop('the connection to Redis', () => redis.close());
  return {
    redis,
    epochs,
    sets: [
      { store: postgresProjectionStore(pool), projections: postgresProjections, isTransient: isNoFaultOfTheRecord },
      {
        store: redisProjectionStore(redis, logId, epochs),
        projections: redisProjections,
        isTransient: isTransientRedisError,
      },
    ],
  };
}

export interface ProjectorSetup {
  readonly config: Pick<Config, 'roles' | 'databaseConnections'>;
  readonly servers: Servers;
  readonly foundation: Foundation;
  readonly engine: LogEngine;
  readonly models: ReadModels;
  readonly deadLetters: DeadLetters;
  readonly progress: ReadModelProgress;
  readonly tracer?: Tracer | undefined;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const POLL_INTERVAL_MS = 1_000;

/** The `projector` role: events become read models, over connections of its own. */
export async function openProjector(setup: ProjectorSetup): Promise<Projector> {
  const { config, servers, foundation, engine, models, deadLetters, progress, tracer, lifecycle, logger, metrics } =
    setup;
  const { run, store, lost } = foundation;
  const pool = openPool({
    url: servers.databaseUrl,
    max: projectionConnections(config),
    name: 'madang-projector',
    durable: false,
    run,
  });
  lifecycle.onStop('the pool of the projector', () => pool.end());
  const projector = await startProjector({
    feed: engine.feed,
    events: store,
    models: models.sets.map((set) =>
      set.store.kind === 'postgres' ? { ...set, store: postgresProjectionStore(pool, run) } : set,
    ),
    deadLetters,
    moved: (partition) => progress.moved(partition),
    foundLost: (at) => lost.found(at),
    pollIntervalMs: POLL_INTERVAL_MS,
    logger,
    metrics,
    tracer,
  });
  lifecycle.onStop('the projector', () => projector.stop());
  return projector;
}
