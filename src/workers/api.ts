import type { ConsoleAccess } from '../admin/console.js';
import { commandDefinition } from '../commands/registry.js';
import type { Config } from '../config.js';
import { createGifticonQueue } from '../gifticon/create-gifticon-requests.js';
import { createForgetting } from '../erasure/forgetting.js';
import { createFanOut } from '../engine/fan-out/fan-out.js';
import { createCommandGateway } from '../engine/gateway/command-gateway.js';
import type { ReadModelProgress } from '../engine/gateway/read-model-progress.js';
import { createReceiptWaiters } from '../engine/gateway/receipt-waiters.js';
import { createRegistration } from '../schema/user/registration.js';
import { createCursorSigner } from '../engine/gateway/signed-cursor.js';
import { createSessionPositions } from '../engine/gateway/session-positions.js';
import { admitUsers } from '../schema/user/require-registered.js';
import type { ProviderObserver } from '../server/identity/provider-keys.js';
import type { Memberships } from '../schema/membership/memberships.js';
import type { HttpServer } from '../server/server.js';
import { createHttpServer } from '../server/server.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { LogClock } from '../engine/runtime/remote-clock.js';
import type { Logger } from '../engine/runtime/logging.js';
import { startWait } from '../engine/runtime/start-wait.js';
import type { Metrics } from '../metrics.js';
import { isTransient } from '../engine/postgres/errors.js';
import { buildApiSchema } from '../schema/build-schema.js';
import { requestContext } from '../schema/context-factory.js';
import type { ApiContext } from '../schema/context.js';
import { answerExtensions } from '../schema/hot-room/heat-extension.js';
import { createSharedFetches } from '../schema/hot-room/shared-fetches.js';
import { createDocuments } from '../server/limits/documents.js';
import { DEFAULT_LIMITS } from '../server/limits/limits.js';
import type { Limits } from '../server/limits/limits.js';
import type { ApiServices } from '../schema/services.js';
import { subscribeShared } from '../schema/shared-subscription.js';
import { createRoomSums } from '../schema/message/room-sums.js';
import type { RoomNotice } from '../schema/message/room-notice.js';
import type { RoomId } from '../events/ids.js';
import { openCodes } from '../wiring/codes.js';
import type { Foundation } from '../wiring/foundation.js';
import { openHotRooms } from './heat.js';
import { openLiveStates } from './live-states.js';
import { openIdentity } from '../wiring/identity.js';
import type { LogEngine } from '../wiring/log.js';
import { openPages } from '../wiring/pages.js';
import type { ReadModels } from './projector.js';
import { openQueries } from './queries.js';
import { createUserMemory } from './user-memory.js';
import type { OperationTracing } from '../server/trace.js';
import { openWriteLimits } from '../wiring/write-limits.js';

const POLL_INTERVAL_MS = 1_000;
const SETTLE_TIMEOUT_MS = 2_000;

export interface ApiOptions {
  readonly config: Config;
  readonly redisUrl: string;
  readonly foundation: Foundation;
  readonly engine: LogEngine;
  readonly models: ReadModels;
  readonly progress: ReadModelProgress;
  readonly console: ConsoleAccess;
  readonly clock: LogClock;
  readonly notReady: () => Promise<readonly string[]>;
  readonly provider: ProviderObserver;
  readonly tracing: OperationTracing | undefined;
  /** Aborts the start. */
  readonly signal: AbortSignal;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Api {
  readonly server: HttpServer;
  /** The lag of this process's fan-out behind the log, by partition. */
  readonly lag: () => readonly number[];
}

/** The `api` role: commands in, queries, subscriptions out. */
export async function openApi(options: ApiOptions): Promise<Api> {
  const {
    config,
    redisUrl,
    foundation,
    engine,
    models,
    progress,
    clock,
    notReady,
    tracing,
    signal,
    lifecycle,
    logger,
    metrics,
  } = options;
  const { pool, store, settings } = foundation;

  const { groupsPerRoom, groupsPerUser } = config.connectionLimits;
  const waiters = createReceiptWaiters({ store, pollIntervalMs: POLL_INTERVAL_MS, logger });
  lifecycle.onStop('the waits for outcomes', () => waiters.stop());
  const reads = openQueries({
    config,
    foundation,
    models,
    progress,
    head: (partition) => fanOut.position(partition),
    lifecycle,
    logger,
    metrics,
  });
  const { queries } = reads;
  const gifticonRequests = createGifticonQueue({
    requests: engine.requests,
    store,
    campaigns: queries.campaigns,
    settled: (partition) => progress.settled(partition, AbortSignal.timeout(SETTLE_TIMEOUT_MS)),
    partitions: settings.partitions,
    clock,
    logger,
    metrics,
  });
  const sessions = createSessionPositions(100_000, 60_000);
  const commands = createCommandGateway({
    commands: commandDefinition,
    log: engine.commands,
    store,
    waiters,
    progress,
    sessions,
    timeoutMs: config.commandWaitMs,
    logger,
    metrics,
  });
  const registration = createRegistration(commands, queries.users);
  let memberships: Memberships | null = null;
  const identity = openIdentity(config.auth, settings.tokenKey, {
    logger,
    observer: options.provider,
    isDeleted: queries.users.isDeleted,
  });
  /** Filled further down: until then there is nothing to clear. */
  const sharedReads: { clear(): void }[] = [];
  const forgetting = createForgetting({
    // First: the other caches are refilled from it.
    'projections/user/remembered-users.ts': queries.users,
    'server/identity/remembered-tokens.ts': identity.verifier,
    'schema/user/shared-registrations.ts': registration,
    'hot-rooms/shared-reads.ts': { forget: () => sharedReads.forEach((reads) => reads.clear()) },
    'engine/fan-out/group.ts': { forget: (user) => fanOut.forget(user) },
  });
  const announce = (room: RoomId, notice: RoomNotice): void => fanOut.announce(room, notice);
  const roomSums = createRoomSums({ queries, progress, partitions: settings.partitions, announce, logger });
  lifecycle.onStop('the sums of large rooms', () => Promise.resolve(roomSums.stop()));
  const fanOut = createFanOut({
    feed: engine.feed,
    store,
    partitions: settings.partitions,
    groupsPerRoom,
    groupsPerUser,
    pollIntervalMs: POLL_INTERVAL_MS,
    onBatch(batch) {
      waiters.onDecided(batch);
      gifticonRequests.onDecided(batch);
    },
    onEvents(events) {
      // It learns of unreadable events from the read model; its own refusals are based on final events.
      gifticonRequests.onEvents(events);
      memberships?.onEvents(events);
      roomSums.onEvents(events);
      forgetting.onEvents(events);
    },
    logger,
    metrics,
    tracer: tracing?.tracer,
  });
  lifecycle.onStop('the fan-out', () => fanOut.stop());
  await startWait(fanOut.start(), { describe: () => 'the event feed of every partition', signal, log: logger });
  reads.start();
  const rememberUsers = createUserMemory({ store, progress, users: queries.users });
  await rememberUsers();
  // The queue's own reader finds the requests that were decided before the fan-out stood.
  lifecycle.onStop('the gifticon request queue', () => gifticonRequests.stop());
  await startWait(gifticonRequests.start(), {
    describe: () =>
      `the queue of gifticon requests to be read to its end; it is read in ${gifticonRequests.readSoFar()}`,
    signal,
    log: logger,
  });

  const hotRooms = openHotRooms({
    config,
    redis: models.redis,
    redisUrl,
    logId: settings.logId,
    queries,
    fanOut,
    progress,
    partitions: settings.partitions,
    lifecycle,
    logger,
    metrics,
  });
  memberships = hotRooms.memberships;
  sharedReads.push(hotRooms.pages);
  hotRooms.heat.onChange((heat) => announce(heat.roomId, { type: 'heat', heat }));
  // In the turn in which this process learns of the fork, after the fan-out: no cache may keep data of events that the
  // log has lost.
  const unfollow = store.epochs.onFork(({ partition, after }) => {
    progress.forked(partition, after);
    reads.forked(partition, after);
    sessions.forked(partition, after);
    hotRooms.memberships.forked(partition, after);
    roomSums.forked(partition);
    for (const reads of sharedReads) reads.clear();
    gifticonRequests.forked(partition);
    registration.forked();
    queries.users.forked();
    rememberUsers().catch((error: unknown) =>
      logger.warn({ err: error }, 'users are not cached until the database answers again'),
    );
  });
  lifecycle.onStop('following the branch of the log', () => Promise.resolve(unfollow()));
  const limits: Limits = { ...DEFAULT_LIMITS, answerBytes: config.answerBytes };
  const { occupancy, campaignProgress } = openLiveStates({
    redis: models.redis,
    logId: settings.logId,
    fanOut,
    gifticonRequests,
    groupsPerRoom,
    groupsPerUser,
    announce,
    lifecycle,
    logger,
    metrics,
  });
  const services: ApiServices = {
    commands,
    registration,
    progress,
    queries,
    fanOut,
    ...hotRooms,
    roomSums,
    occupancy,
    writeLimits: openWriteLimits(config.writeRates, models.redis, settings.logId),
    gifticonRequests,
    campaignProgress,
    codes: await openCodes({ config, pool, store, logger }),
    commandWaitMs: config.commandWaitMs,
    answerBytes: limits.answerBytes,
    cursorSigner: createCursorSigner(settings.cursorKey, store.epochs),
    epochs: store.epochs,
    partitions: settings.partitions,
    tokens: identity.issuer,
    console: options.console,
    metrics,
    isTransient,
  };

  const schema = buildApiSchema();
  const documents = createDocuments(schema, limits);
  const shared = createSharedFetches({ schema, documents, services, limits, logger });
  sharedReads.push(shared);
  const server = createHttpServer({
    host: config.host,
    port: config.port,
    schema,
    documents,
    limits,
    unreadMs: config.unreadMs,
    shared: {
      ...shared,
      inBursts: Number.isFinite(config.hotRoom.enter),
      wanted: () => hotRooms.heat.all().length > 0,
    },
    context: (request) => requestContext(services, request),
    subscribe: subscribeShared,
    extensions: (context) => answerExtensions(context as ApiContext),
    verifier: identity.verifier,
    // A user with a token of our own was registered before it was issued.
    admit: admitUsers(queries.users, config.auth.mode === 'jwt' ? registration : null, isTransient),
    isTransient,
    notReady,
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    connectionLimits: config.connectionLimits,
    localOnly: config.auth.mode === 'dev',
    operationsElsewhere: config.metricsPort !== null,
    idleMs: config.keepAliveMs,
    pages: openPages(config),
    graceMs: config.graceMs,
    drainDelayMs: config.drainDelayMs,
    drainMs: config.drainMs,
    logger,
    metrics,
    tracing,
  });
  lifecycle.onStop('the HTTP server', () => server.stop());
  return { server, lag: () => fanOut.lag() };
}
