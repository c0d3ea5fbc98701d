import { createMetrics } from '../../src/metrics.js';
import type { ProjectionStore } from '../../src/engine/projector/projection-store.js';
import { postgresDeadLetters } from '../../src/engine/postgres/dead-letters.js';
import { isTransient } from '../../src/engine/postgres/errors.js';
import { postgresGenerationStore } from '../../src/engine/postgres/generation-store.js';
import { postgresGenerations } from '../../src/engine/postgres/generations.js';
import { openPool } from '../../src/engine/postgres/pool.js';
import { postgresProjectionStore } from '../../src/engine/postgres/projection-store.js';
import { openRedis } from '../../src/engine/redis/client.js';
import { isTransientRedisError } from '../../src/engine/redis/errors.js';
import { redisGenerationStore } from '../../src/engine/redis/generation-store.js';
import { NEVER_FORKED } from '../../src/engine/redis/model-epochs.js';
import { redisProjectionStore } from '../../src/engine/redis/projection-store.js';
import type { PostgresProjection, Projection, RedisProjection } from '../../src/engine/projector/projection.js';
import { postgresProjections, redisProjections } from '../../src/projections/registry.js';
import type { Projector } from '../../src/engine/projector/projector.js';
import { startProjector } from '../../src/engine/projector/projector.js';
import type { Choice, WorkOptions } from '../../src/engine/rebuild/choice.js';
import { quietLogger, until } from './conditions.js';
import { openEventLog } from './event-log.js';

export const PARTITIONS = 3;

export interface Registry {
  readonly postgres: readonly PostgresProjection[];
  readonly redis: readonly RedisProjection[];
}

export const today: Registry = { postgres: postgresProjections, redis: redisProjections };

/** A log, a Redis, and the tools for generations of read models; projectors of different programs may run on it. */
export async function openRebuildSite(redisUrl = process.env.TEST_REDIS_URL!) {
  const log = await openEventLog(PARTITIONS);
  const redis = await openRedis(redisUrl, { log: quietLogger });
  const { pool, url } = log.database;
  const { rows } = await pool.query<{ value: string }>(`SELECT value FROM settings WHERE name = 'log_id'`);
  const logId = rows[0]!.value;
  const building = openPool({ url, max: 6, name: 'rebuild-test', durable: false });
  const metrics = createMetrics();
  const generations = postgresGenerations({ pool, url, runner: 'a test' });
  const projectors: Projector[] = [];

  /** A program with these read models. */
  const program = ({ postgres, redis: inRedis }: Registry = today) => {
    const stored: ProjectionStore<Projection> = postgresProjectionStore(pool);
    const cached: ProjectionStore<Projection> = redisProjectionStore(redis, logId, NEVER_FORKED);
    const choices: readonly Choice[] = [
      ...postgres.map((projection): Choice => ({
        projection,
        live: stored,
        store: postgresGenerationStore(building),
        isTransient,
      })),
      ...inRedis.map((projection): Choice => ({
        projection,
        live: cached,
        store: redisGenerationStore(redis, logId, NEVER_FORKED),
        isTransient: isTransientRedisError,
      })),
    ];
    const work = (more: Partial<WorkOptions> = {}): WorkOptions => ({
      choices,
      generations,
      events: log.store,
      partitions: PARTITIONS,
      parallel: 2,
      pace: null,
      report: () => undefined,
      signal: new AbortController().signal,
      logger: quietLogger,
      ...more,
    });
    return {
      choices,
      work,
      choice: (name: string): Choice => choices.find(({ projection }) => projection.name === name)!,
      async project(): Promise<Projector> {
        const projector = await startProjector({
          feed: await log.openFeed(),
          events: log.store,
          models: [
            { store: stored, projections: postgres, isTransient },
            { store: cached, projections: inRedis, isTransient: isTransientRedisError },
          ],
          deadLetters: postgresDeadLetters({ pool, logger: quietLogger, metrics }),
          moved: () => undefined,
          pollIntervalMs: 50,
          logger: quietLogger,
          metrics,
        });
        projectors.push(projector);
        return projector;
      },
      /** Waits until all of them are live, in these versions, at the end of the log. */
      caughtUp: () =>
        until(async () => {
          // A busy machine may be late, and the projector goes on where it was.
          if (redis.isAway()) return false;
          const heads = await log.store.heads();
          const all = await Promise.all(
            choices.map(async ({ live, projection }) => (await live.progressOfAll([projection], PARTITIONS))[0]!),
          );
          return all.every((partitions) =>
            partitions.every(
              (at, partition) => at.position === heads[partition] && (at.live || heads[partition] === 0),
            ),
          );
        }, 'the read models are at the end of the log'),
    };
  };

  return {
    log,
    redis,
    logId,
    pool,
    generations,
    program,
    env: { DATABASE_URL: url, REDIS_URL: redisUrl, MADANG_LOG: 'embedded' },
    /** Schemas with generations. */
    spaces: async (): Promise<readonly string[]> =>
      (
        await pool.query<{ name: string }>(
          `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'madang\\_%' ORDER BY 1`,
        )
      ).rows.map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      await Promise.all(projectors.map((projector) => projector.stop()));
      await redis
        .ask(async (client) => {
          const keys = await client.keys(`madang:${logId}:*`);
          if (keys.length > 0) await client.unlink(...keys);
          return keys;
        })
        .catch(() => undefined);
      await redis.close();
      await building.end();
      await log[Symbol.asyncDispose]();
    },
  };
}

export type RebuildSite = Awaited<ReturnType<typeof openRebuildSite>>;
