import type pg from 'pg';
import type { ReadModelSet } from '../engine/gateway/read-model-progress.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
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
