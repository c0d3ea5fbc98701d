import { commandDefinition } from './commands/registry.js';
import type { Config } from './config.js';
import { createReadModelProgress } from './engine/gateway/read-model-progress.js';
import { feedOfCurrentEpoch } from './engine/log/epoch-feed.js';
import { createConsumerHealth } from './engine/log/consumer-health.js';
import { createOperationsServer } from './server/health/operations-server.js';
import { createLifecycle } from './engine/runtime/lifecycle.js';
import type { Logger } from './engine/runtime/logging.js';
import { createMetrics } from './metrics.js';
import { postgresDeadLetters } from './engine/postgres/dead-letters.js';
import { postgresErasure } from './erasure/postgres-erasure.js';
import { isNoFaultOfTheRecord } from './engine/postgres/errors.js';
import { listening, refuseTakenPort } from './embedded/wanted-port.js';
import { openActionRunner, openConsole } from './workers/console.js';
import { openProcessReports } from './workers/process-reports.js';
import { redisProcessRegistry } from './admin/redis-process-registry.js';
import { openClocks } from './wiring/clocks.js';
import { watchEpochs } from './engine/postgres/watch-epochs.js';
import { showBuild } from './wiring/build-info.js';
import { watchCertificates } from './wiring/certificates.js';
import { watchDataDirSpace } from './wiring/data-dir-space.js';
import { watchDependencies } from './wiring/dependencies.js';
import { openFoundation } from './wiring/foundation.js';
import { openHeatMonitor } from './workers/heat.js';
import { sampleLag } from './workers/lag.js';
import type { LogEngine } from './wiring/log.js';
import { openLogEngine } from './wiring/log.js';
import { openNewVersions } from './workers/new-versions.js';
import { redisErasureSweep } from './erasure/redis-erasure-sweep.js';
import { recentTimeline } from './projections/message/recent-timeline/project.js';
import { PROGRAM } from './program.js';
import { openDecider } from './workers/decider.js';
import { openProjector, openReadModels } from './workers/projector.js';
import { createNotReady } from './wiring/readiness.js';
import { openServers } from './wiring/servers.js';
import { openTracing, traceQueues } from './wiring/tracing.js';
import type { Issuer } from './gifticon/issuer.js';
import { startIssuer } from './gifticon/issuer.js';
import type { ProcessManagers } from './engine/process-manager/process-manager.js';
import type { Projector } from './engine/projector/projector.js';
import { commit, version } from './version.js';

interface Started {
  readonly url: string;
  /** The address of readiness and metrics. */
  readonly operationsUrl: string;
  readonly partitions: number;
  /** Resolves when each role has its first partitions and live read models. Other processes may have all of them. */
  readonly settled: Promise<void>;
}

/** A running process of Madang, with the roles of its settings. */
export interface System extends Started {
  /** Stops everything that was started, last first. Idempotent. */
  stop(): Promise<void>;
}

const POLL_INTERVAL_MS = 1_000;
/** How soon a wait for a read model of another process notices its progress. */
const PROGRESS_INTERVAL_MS = 25;

/**
 * Starts the roles of this process, and the servers that the settings do not name. After a failure half-way, the
 * started parts are stopped again.
 */
export async function startSystem(config: Config, logger: Logger, signal: AbortSignal): Promise<System> {
  const lifecycle = createLifecycle(logger);
  try {
    const started = await startRoles(config, logger, signal, lifecycle);
    return { ...started, stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function startRoles(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  lifecycle: ReturnType<typeof createLifecycle>,
): Promise<Started> {
  const { roles } = config;
  // Half of the modules, with GraphQL: a process without the role starts without them. Before any connection is open,
  // whose answers would wait for their evaluation.
  const apiModule = roles.has('api') ? await import('./workers/api.js') : null;
  const metrics = createMetrics();
  showBuild({ ...config, version, commit }, metrics);
  const tracing = await openTracing({ config, version, lifecycle, logger, metrics });
  const tracer = tracing?.tracer;
  await refuseTakenPort(config.host, config.port, 'PORT');
  if (config.metricsPort !== null) await refuseTakenPort(config.host, config.metricsPort, 'MADANG_METRICS_PORT');
  const servers = await openServers(config, lifecycle, logger, signal);
  const foundation = await openFoundation(config, servers, PROGRAM, lifecycle, logger, metrics);
  const certificates = watchCertificates({ config, redisUrl: servers.redisUrl, lifecycle, logger, metrics });
  watchEpochs({
    connected: (client) => certificates.ofDatabase(client),
    url: servers.databaseUrl,
    run: foundation.run,
    store: foundation.store,
    partitions: foundation.settings.partitions,
    pollIntervalMs: POLL_INTERVAL_MS,
    lifecycle,
    logger,
    metrics,
  });
  const { pool, store, settings } = foundation;
  await watchDataDirSpace({ config, lifecycle, logger, metrics });
  const clocks = await openClocks({ pool, log: config.log, lifecycle, logger, metrics });
  const consumers = createConsumerHealth(() => metrics.consumerRestarts.inc());
  const opened = await openLogEngine({
    config,
    servers,
    pool,
    run: foundation.run,
    brokerClock: clocks.broker,
    writable: foundation.writable,
    settings,
    lifecycle,
    logger,
    metrics,
    health: consumers,
  });
  const engine: LogEngine = {
    ...(tracer ? traceQueues(opened, tracer) : opened),
    feed: feedOfCurrentEpoch({ feed: opened.feed, store, log: logger }),
  };
  const models = await openReadModels(pool, servers.redisUrl, settings.logId, store.epochs, lifecycle, logger);
  const deadLetters = postgresDeadLetters({
    pool,
    logger,
    metrics,
    ...(engine.publishDead ? { publish: engine.publishDead } : {}),
  });
  const progress = createReadModelProgress({
    models: models.sets,
    events: store,
    partitions: settings.partitions,
    pollIntervalMs: PROGRESS_INTERVAL_MS,
    logger,
  });
  lifecycle.onStop('the waits for read models', () => progress.stop());
  // Read models commit without waiting for the disk: a database that restarts may have lost their last rows.
  foundation.run.onBroken(() => progress.forget());
  signal.throwIfAborted();

  const erasure = postgresErasure(pool, {
    sweep: redisErasureSweep(models.redis, settings.logId, recentTimeline),
    logger,
  });
  const shared = { config, foundation, engine, deadLetters, tracer, lifecycle, logger, metrics };
  const settled: Promise<void>[] = [];
  let managers: ProcessManagers | null = null;
  if (roles.has('decider')) {
    const opened = await openDecider({ ...shared, erasure });
    managers = opened.managers;
    settled.push(opened.decider.settled);
  }

  let projector: Projector | null = null;
  if (roles.has('projector')) {
    projector = await openProjector({ ...shared, servers, models, progress });
    settled.push(projector.settled);
    openNewVersions({ foundation, servers, models, lifecycle, logger });
  }

  let issuer: Issuer | null = null;
  if (roles.has('issuer')) {
    const started = await startIssuer({
      commands: commandDefinition,
      log: engine.requests,
      writable: foundation.writable,
      store,
      feed: engine.feed,
      deadLetters,
      isTransient: isNoFaultOfTheRecord,
      bounds: config.gifticon,
      logger,
      metrics,
      tracer,
    });
    lifecycle.onStop('the issuer', () => started.stop());
    issuer = started;
    settled.push(started.settled);
  }

  if (roles.has('heat')) {
    openHeatMonitor({
      config,
      redis: models.redis,
      redisUrl: servers.redisUrl,
      logId: settings.logId,
      lifecycle,
      logger,
      metrics,
    });
  }

  // The operations server stops after the clients have left, and says meanwhile that the process is not ready.
  let isLeaving = false;
  const notReady = createNotReady({
    store,
    commands: engine.commands,
    consumers,
    problems: foundation.problems,
    logger,
  });
  const processes = openProcessReports({
    config,
    registry: redisProcessRegistry(models.redis, settings.logId),
    notReady,
    lifecycle,
    logger,
    metrics,
  });
  const consoleAccess = openConsole({ servers, foundation, engine, models, deadLetters, processes, lifecycle });
  if (projector) openActionRunner({ console: consoleAccess, foundation, lifecycle, logger });
  const provider = {
    asked: (answered: boolean) => metrics.dependencyUp.set({ dependency: 'identity_provider' }, answered ? 1 : 0),
  };
  const operationsPort = config.metricsPort ?? config.port;
  const operations =
    roles.has('api') && config.metricsPort === null
      ? null
      : createOperationsServer({
          host: config.host,
          port: operationsPort,
          localOnly: config.auth.mode === 'dev',
          notReady,
          isLeaving: () => isLeaving,
          logger,
          metrics,
        });
  if (operations) lifecycle.onStop('the operations server', () => operations.stop());
  const api = apiModule
    ? await apiModule.openApi({
        config,
        clock: clocks.ofLog,
        redisUrl: servers.redisUrl,
        foundation,
        engine,
        models,
        progress,
        console: consoleAccess,
        notReady,
        provider,
        tracing,
        signal,
        lifecycle,
        logger,
        metrics,
      })
    : null;
  sampleLag({
    store,
    deadLetters,
    queues: [...(roles.has('decider') ? [engine.commands] : []), ...(issuer ? [engine.requests] : [])],
    projector,
    managers,
    erasure: roles.has('decider') ? erasure : null,
    fanOutLag: api?.lag ?? null,
    lifecycle,
    logger,
    metrics,
  });

  watchDependencies({
    ask: {
      postgresql: () => store.heads(),
      command_log: () => engine.commands.ends(),
      redis: () => models.redis.ask((client) => client.ping()),
    },
    notReady,
    failingConsumers: () => consumers.problems().length,
    lifecycle,
    metrics,
  });

  // Last, so that the first client finds everything in place. A process without the api role serves health and metrics
  // alone.
  const operationsUrl =
    operations &&
    (
      await listening(config.host, operationsPort, config.metricsPort === null ? 'PORT' : 'MADANG_METRICS_PORT', () =>
        operations.start(),
      )
    ).url;
  const url = api ? (await listening(config.host, config.port, 'PORT', () => api.server.start())).url : operationsUrl!;
  // Before any other part stops: until its clients are elsewhere, the process works as before.
  lifecycle.onStop('the connections of clients', async () => {
    isLeaving = true;
    await api?.server.drain();
  });
  return {
    url,
    operationsUrl: operationsUrl ?? url,
    partitions: settings.partitions,
    settled: Promise.all(settled).then(() => undefined),
  };
}
