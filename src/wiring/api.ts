import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import { createFanOut } from '../fan-out/fan-out.js';
import { createCommandGateway } from '../gateway/command-gateway.js';
import type { ReadModelProgress } from '../gateway/read-model-progress.js';
import { createReceiptWaiters } from '../gateway/receipt-waiters.js';
import { createRegistration } from '../gateway/registration.js';
import { createSeal } from '../gateway/seal.js';
import { createSessionPositions } from '../gateway/session-positions.js';
import { admitRegistered } from '../identity/admission.js';
import { ide } from '../platform/http/ide.js';
import type { HttpServer } from '../platform/http/server.js';
import { createHttpServer } from '../platform/http/server.js';
import type { Lifecycle } from '../platform/lifecycle.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import { isTransient } from '../platform/postgres/errors.js';
import { openPrisma } from '../platform/postgres/prisma-client.js';
import { redisReadCache } from '../platform/redis/read-cache.js';
import { createQueries } from '../projections/queries.js';
import { buildApiSchema } from '../schema/build-schema.js';
import { requestContext } from '../schema/context-factory.js';
import type { ApiServices } from '../schema/services.js';
import { subscribeShared } from '../schema/shared-subscription.js';
import type { Foundation } from './foundation.js';
import { openIdentity } from './identity.js';
import type { LogEngine } from './log-engine.js';
import type { ReadModels } from './read-models.js';

const IDE_DIRECTORY = fileURLToPath(new URL('../web/ide', import.meta.url));
const LOOK_EVERY_MS = 1_000;

export interface ApiOptions {
  readonly config: Config;
  readonly foundation: Foundation;
  readonly engine: LogEngine;
  readonly models: ReadModels;
  readonly progress: ReadModelProgress;
  readonly notReady: () => Promise<readonly string[]>;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Api {
  readonly server: HttpServer;
  /** How far the fan-out of this process is behind the log, by partition. */
  readonly lag: () => readonly number[];
}

/** The `api` role: commands in, queries, subscriptions out. */
export async function openApi(options: ApiOptions): Promise<Api> {
  const { config, foundation, engine, models, progress, notReady, lifecycle, logger, metrics } = options;
  const { pool, store, settings } = foundation;

  const waiters = createReceiptWaiters({ store, lookEveryMs: LOOK_EVERY_MS, logger });
  lifecycle.onStop('those who wait for outcomes', () => waiters.stop());
  const fanOut = createFanOut({
    feed: engine.feed,
    store,
    partitions: settings.partitions,
    lookEveryMs: LOOK_EVERY_MS,
    news: (batch) => waiters.decided(batch),
    logger,
    metrics,
  });
  lifecycle.onStop('the fan-out', () => fanOut.stop());
  await fanOut.start();

  const queries = createQueries(openPrisma(pool), redisReadCache(models.redis, settings.logId, { log: logger }));
  const commands = createCommandGateway({
    log: engine.commands,
    store,
    waiters,
    progress,
    sessions: createSessionPositions(100_000, 60_000),
    patienceMs: config.commandWaitMs,
    logger,
    metrics,
  });
  const registration = createRegistration(commands, queries.users);
  const identity = openIdentity(config.auth, settings.tokenKey);
  const services: ApiServices = {
    commands,
    registration,
    progress,
    queries,
    fanOut,
    seal: createSeal(settings.sealKey),
    partitions: settings.partitions,
    tokens: identity.issuer,
    metrics,
    isTransient,
  };

  const server = createHttpServer({
    host: config.host,
    port: config.port,
    schema: buildApiSchema(),
    context: (request) => requestContext(services, request),
    subscribe: subscribeShared,
    verifier: identity.verifier,
    admit: admitRegistered(registration),
    isTransient,
    notReady,
    pages: ide({ directory: IDE_DIRECTORY }),
    graceMs: config.graceMs,
    logger,
    metrics,
  });
  lifecycle.onStop('the HTTP server', () => server.stop());
  return { server, lag: () => fanOut.lag() };
}
