import type { Config } from '../config.js';
import type { ReadModelProgress } from '../engine/gateway/read-model-progress.js';
import type { Partition, Position } from '../engine/domain/ids.js';
import { openPool } from '../engine/postgres/pool.js';
import { watchReadReplica } from '../engine/postgres/read-replica.js';
import type { KnownHead } from '../engine/projector/read-replica.js';
import { redisReadCache } from '../engine/redis/read-cache.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Metrics } from '../metrics.js';
import { openPrisma } from '../projections/prisma-client.js';
import type { Queries } from '../projections/queries.js';
import { createQueries } from '../projections/queries.js';
import type { ReplicatedReads } from '../projections/read-source.js';
import { replicatedReads } from '../projections/read-source.js';
import type { Foundation } from '../wiring/foundation.js';
import type { ReadModels } from './projector.js';

const POLL_INTERVAL_MS = 1_000;
/** A replica that hangs delays a query by this once; then it is not asked until it answers the poll. */
const REPLICA_TIMEOUT_MS = 1_000;

export interface QueriesOptions {
  readonly config: Pick<Config, 'replicaUrl' | 'replicaConnections'>;
  readonly foundation: Foundation;
  readonly models: Pick<ReadModels, 'redis'>;
  readonly progress: ReadModelProgress;
  readonly head: KnownHead;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface OpenedQueries {
  readonly queries: Queries;
  /** Called once the heads of the log are known. */
  start(): void;
  /** The log forked after this position. */
  forked(partition: Partition, after: Position): void;
}

interface Replicated extends ReplicatedReads {
  start(): void;
}

/** The queries of the read models: in Redis, on a replica where there is one, and on the primary. */
export function openQueries(options: QueriesOptions): OpenedQueries {
  const { foundation, models, progress, head, logger } = options;
  const { pool, store, settings } = foundation;
  const cache = redisReadCache(models.redis, settings.logId, {
    log: logger,
    caughtUp: (at, deadline) => progress.reached(at, deadline),
    head,
    epochs: store.epochs,
  });
  const prisma = openPrisma(pool);
  const replicated =
    options.config.replicaUrl === null ? null : openReplica(options.config.replicaUrl, options, prisma);
  return {
    queries: replicated
      ? createQueries(prisma, replicated.noting(cache), replicated.read)
      : createQueries(prisma, cache),
    start: () => replicated?.start(),
    forked(partition, after) {
      cache.forked(partition, after);
      replicated?.forked(partition, after);
    },
  };
}

function openReplica(
  url: string,
  { config, foundation, head, lifecycle, logger, metrics }: QueriesOptions,
  primary: ReturnType<typeof openPrisma>,
): Replicated {
  const { store, settings } = foundation;
  const { epochs } = store;
  const pool = openPool({ url, max: config.replicaConnections, name: 'madang-replica', timeoutMs: REPLICA_TIMEOUT_MS });
  lifecycle.onStop('the pool of the replica', () => pool.end());
  metrics.replicaUsable.set(0);
  const replica = watchReadReplica({
    pool,
    epochs,
    partitions: settings.partitions,
    head,
    pollIntervalMs: POLL_INTERVAL_MS,
    observer: {
      usable: (is) => metrics.replicaUsable.set(is ? 1 : 0),
      lag: (events) => metrics.replicaLag.set(events),
    },
    logger,
  });
  lifecycle.onStop('the watch over the replica', () => replica.stop());
  const reads = replicatedReads({
    primary,
    replica,
    replicaReader: openPrisma(pool),
    epochs,
    head,
    counted: (outcome) => metrics.replicaReads.inc({ outcome }),
  });
  return { ...reads, start: () => replica.start() };
}
