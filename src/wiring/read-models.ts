import type pg from 'pg';
import type { ReadModelSet } from '../gateway/read-model-progress.js';
import type { Lifecycle } from '../platform/lifecycle.js';
import type { Logger } from '../platform/logging.js';
import type { LogEpochs } from '../platform/ports/log-epochs.js';
import { isNoFaultOfTheRecord } from '../platform/postgres/errors.js';
import { postgresProjectionStore } from '../platform/postgres/projection-store.js';
import { openRedis } from '../platform/redis/client.js';
import type { RedisConnection } from '../platform/redis/client.js';
import { isTransientRedisError } from '../platform/redis/errors.js';
import { redisProjectionStore } from '../platform/redis/projection-store.js';
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
