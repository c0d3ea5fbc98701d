import type pg from 'pg';
import { newCommandId, parseCommandId } from './domain/command-id.js';
import type { Domain } from './domain/define-domain.js';
import type { RecordedEvent } from './domain/event.js';
import type { EpochPosition, LogPosition, SpanId, TraceId, UserId } from './domain/ids.js';
import { newTraceId } from './domain/trace.js';
import { startDecider } from './decider/decider.js';
import type { FanOut } from './fan-out/fan-out.js';
import { createFanOut } from './fan-out/fan-out.js';
import { followKey } from './fan-out/follow-key.js';
import type { CommandStage, Submission } from './gateway/command-gateway.js';
import { createCommandGateway } from './gateway/command-gateway.js';
import { createReadModelProgress } from './gateway/read-model-progress.js';
import { createReceiptWaiters } from './gateway/receipt-waiters.js';
import { createSessionPositions } from './gateway/session-positions.js';
import type { CursorSigner } from './gateway/signed-cursor.js';
import { createCursorSigner } from './gateway/signed-cursor.js';
import { feedOfCurrentEpoch } from './log/epoch-feed.js';
import { createConsumerHealth } from './log/consumer-health.js';
import { traceAppends } from './log/traced-log.js';
import { partitionOf } from './log/partitioning.js';
import { openLog } from './open-log.js';
import { postgresDeadLetters } from './postgres/dead-letters.js';
import { lostPositions } from './postgres/lost-positions.js';
import { postgresEpochs } from './postgres/epochs.js';
import { isNoFaultOfTheRecord } from './postgres/errors.js';
import { postgresEventStore } from './postgres/event-store.js';
import { announceProcess } from './postgres/live-processes.js';
import { MIGRATIONS, migrate } from './postgres/migrate.js';
import { openPool } from './postgres/pool.js';
import { postgresProcessCheckpoints } from './postgres/process-checkpoints.js';
import { postgresProjectionStore } from './postgres/projection-store.js';
import type { DeploymentSettings } from './postgres/settings.js';
import { openDeployment } from './postgres/settings.js';
import { watchEpochs } from './postgres/watch-epochs.js';
import { startProcessManagers } from './process-manager/process-manager.js';
import { startProjector } from './projector/projector.js';
import type { Lifecycle } from './runtime/lifecycle.js';
import { createLifecycle } from './runtime/lifecycle.js';
import type { Logger } from './runtime/logging.js';
import { createLogger } from './runtime/logging.js';
import type { EngineMetrics } from './runtime/metrics.js';
import { createEngineMetrics } from './runtime/metrics.js';
import type { Tracer } from './runtime/tracing.js';
import type { EventStore } from './store/event-store.js';

export interface EngineOptions {
  readonly domain: Domain;
  /** PostgreSQL 15 or newer. The engine creates its missing tables. */
  readonly databaseUrl: string;
  /** Default: the command log and the event feed are in PostgreSQL, too. */
  readonly kafka?: { readonly brokers: readonly string[]; readonly prefix?: string };
  /** Called once the engine's tables exist, before anything runs: creates the tables of read models. */
  readonly prepare?: (pool: pg.Pool) => Promise<unknown>;
  /** Fixed at the first start. */
  readonly partitions?: number;
  readonly connections?: number;
  readonly logger?: Logger;
  readonly metrics?: EngineMetrics;
  /** Records the steps of commands that were submitted with a span. Default: nothing is recorded. */
  readonly tracer?: Tracer;
}

/** A command from a caller: the engine adds the rest. */
export interface AskedCommand {
  readonly type: string;
  readonly data: unknown;
  /** The requesting user, from a verified token. */
  readonly userId: UserId;
  /** The client's own UUID, for a command that may be sent again. Default: a new one. */
  readonly commandId?: string | undefined;
  /** The stage to wait for, for a bounded time. Default: DECIDED. */
  readonly waitFor?: CommandStage;
  /**
   * The trace of the request. The log lines about the command have its id; with a span, which only a sampled trace has,
   * the steps of the command and of its events are recorded below it. Default: a new trace that is not sampled.
   */
  readonly trace?: { readonly traceId: TraceId; readonly span?: SpanId | undefined };
}

export interface FollowOptions {
  readonly after?: EpochPosition | undefined;
  readonly userId?: UserId | undefined;
  readonly signal: AbortSignal;
}

/** A running domain: decider, process managers and projector, with the services of an API, in one process. */
export interface Engine extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly fanOut: FanOut;
  /** Signs positions and cursors as opaque strings. */
  readonly cursorSigner: CursorSigner;
  readonly settings: DeploymentSettings;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
  /**
   * Makes the command durable and waits for its stage. A refusal by the domain is in the receipt.
   * @throws {LogError} the log is away: the same command may be sent again
   * @throws {z.ZodError} the data does not fit the command
   */
  submit(command: AskedCommand): Promise<Submission>;
  /** The events of a key that its subscribers see, in order, without a gap. @throws {FollowEndedError} */
  follow(key: string, options: FollowOptions): AsyncGenerator<RecordedEvent, void>;
  /** Whether every read model has the position before the signal ends the wait. */
  reached(at: LogPosition, signal: AbortSignal): Promise<boolean>;
  /** The reasons why it cannot serve now; empty while it can. */
  problems(): Promise<readonly string[]>;
  /** Stops everything, last first. Idempotent. */
  stop(): Promise<void>;
}

const DEFAULT_PARTITIONS = 6;
const DEFAULT_CONNECTIONS = 20;
const POLL_INTERVAL_MS = 1_000;
const PROGRESS_INTERVAL_MS = 25;
const COMMAND_TIMEOUT_MS = 10_000;

/** Opens the engine and starts all of its roles. After a failure the started parts are stopped again. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { logger = createLogger({ level: 'info' }) } = options;
  const lifecycle = createLifecycle(logger);
  try {
    return await startEngine(options, logger, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function startEngine(options: EngineOptions, logger: Logger, lifecycle: Lifecycle): Promise<Engine> {
  const {
    domain,
    databaseUrl,
    kafka,
    tracer,
    connections: max = DEFAULT_CONNECTIONS,
    metrics = createEngineMetrics(),
  } = options;
  const run = postgresEpochs({ forked: (fork) => lost.forked(fork) });
  const pool: pg.Pool = openPool({ url: databaseUrl, max, name: 'madang-engine', run });
  const lost = lostPositions({ pool, logger, metrics });
  lifecycle.onStop('the database pool', () => pool.end());
  await migrate(pool, MIGRATIONS);
  const settings = await openDeployment(pool, options.partitions ?? null, DEFAULT_PARTITIONS);
  await options.prepare?.(pool);
  const { partitions } = settings;
  const store = postgresEventStore(pool, domain.events, run);
  await store.heads();
  const announced = await announceProcess({ pool, reads: domain.reads, name: 'madang/engine', logger, metrics });
  lifecycle.onStop('the announcement of this process', () => announced.stop());
  const pollIntervalMs = { pollIntervalMs: POLL_INTERVAL_MS };
  watchEpochs({ url: databaseUrl, run, store, partitions, ...pollIntervalMs, lifecycle, logger, metrics });

  const health = createConsumerHealth(() => metrics.consumerRestarts.inc());
  const log = await openLog({
    kafka: kafka ? { prefix: '', ...kafka } : null,
    databaseUrl,
    pool,
    queues: { commands: {} },
    catalog: domain.events,
    writable: announced,
    run,
    settings,
    lifecycle,
    logger,
    metrics,
    health,
  });
  const commands = tracer ? traceAppends(log.queues.commands, tracer) : log.queues.commands;
  const feed = feedOfCurrentEpoch({ feed: log.feed, store, log: logger });
  const publish = log.publishDead;
  const deadLetters = postgresDeadLetters({ pool, logger, metrics, ...(publish ? { publish } : {}) });
  const models = [
    {
      store: postgresProjectionStore(pool, run),
      projections: domain.readModels,
      isTransient: isNoFaultOfTheRecord,
    },
  ];
  const progress = createReadModelProgress({
    models,
    events: store,
    partitions,
    pollIntervalMs: PROGRESS_INTERVAL_MS,
    logger,
  });
  lifecycle.onStop('those who wait for read models', () => progress.stop());
  run.onBroken(() => progress.forget());

  const parts = { store, events: store, feed, deadLetters, ...pollIntervalMs, tracer, logger, metrics };
  const isTransient = isNoFaultOfTheRecord;
  const decider = await startDecider({
    ...parts,
    commands: domain.commands,
    log: commands,
    isTransient,
    writable: announced,
  });
  lifecycle.onStop('the decider', () => decider.stop());
  const managers = await startProcessManagers({
    ...parts,
    managers: domain.processManagers,
    log: commands,
    checkpoints: postgresProcessCheckpoints(pool),
  });
  lifecycle.onStop('the process managers', () => managers.stop());
  const projector = await startProjector({
    ...parts,
    models,
    moved: (partition) => progress.moved(partition),
    foundLost: (at) => lost.found(at),
  });
  lifecycle.onStop('the projector', () => projector.stop());

  const waiters = createReceiptWaiters({ store, ...pollIntervalMs, logger });
  lifecycle.onStop('those who wait for outcomes', () => waiters.stop());
  const sessions = createSessionPositions(100_000, 60_000);
  const gateway = createCommandGateway({
    commands: domain.commands,
    log: commands,
    store,
    waiters,
    progress,
    sessions,
    timeoutMs: COMMAND_TIMEOUT_MS,
    logger,
    metrics,
  });
  const fanOut = createFanOut({
    ...parts,
    partitions,
    groupsPerRoom: Infinity,
    groupsPerUser: Infinity,
    onBatch: (batch) => waiters.onDecided(batch),
    onEvents: () => undefined,
  });
  lifecycle.onStop('the fan-out', () => fanOut.stop());
  await fanOut.start();
  const unfollow = store.epochs.onFork(({ partition, after }) => {
    progress.forked(partition, after);
    sessions.forked(partition, after);
  });
  lifecycle.onStop('following the branch of the log', () => Promise.resolve(unfollow()));

  return {
    pool,
    store,
    fanOut,
    cursorSigner: createCursorSigner(settings.cursorKey, store.epochs),
    settings,
    logger,
    metrics,
    async submit({ type, data, userId, commandId, waitFor = 'DECIDED', trace }) {
      const definition = domain.commands(type);
      if (!definition) throw new TypeError(`there is no command ${type} in this domain`);
      const parsed = definition.schema.parse(data);
      const known = commandId === undefined ? newCommandId() : parseCommandId(commandId);
      if (!known) throw new TypeError('a commandId is a UUID, and not the nil UUID');
      const command = {
        commandId: known,
        type,
        key: definition.key(parsed),
        userId,
        traceId: trace?.traceId ?? newTraceId(),
        ...(trace?.span === undefined ? {} : { span: trace.span }),
        data: parsed,
      };
      return gateway.submit({ command, mayRepeat: commandId !== undefined, waitFor });
    },
    follow: (key, following) =>
      followKey({ fanOut, events: domain.events, partition: partitionOf(key, partitions), key, ...following }),
    reached: (at, signal) => progress.reached(at, signal),
    async problems() {
      const answers = await Promise.allSettled([store.heads(), commands.ends()]);
      const away = ['the database', 'the command log'].filter((_, index) => answers[index]!.status === 'rejected');
      return [...away.map((part) => `${part} does not answer`), ...health.problems(), ...announced.problems()];
    },
    stop: () => lifecycle.stop(),
    [Symbol.asyncDispose]: () => lifecycle.stop(),
  };
}
