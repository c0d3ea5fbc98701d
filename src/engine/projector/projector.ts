import type { EpochPosition, Partition } from '../domain/ids.js';
import type { ReadModelSet } from '../gateway/read-model-progress.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { DeadLetters } from '../store/dead-letters.js';
import type { EventFeed } from '../log/event-feed.js';
import type { EventStore } from '../store/event-store.js';
import { startPoll } from '../runtime/poll.js';
import { counted, settledLine } from '../runtime/settled-line.js';
import type { Tracer } from '../runtime/tracing.js';
import { followPartitions } from '../log/follow-partitions.js';
import type { ProjectionRunner } from './projection-runner.js';
import { runProjection } from './projection-runner.js';
import { sourceOf } from './reconcile.js';
import { traceProjections } from './traced.js';

export interface ProjectionLag {
  readonly projection: string;
  readonly partition: Partition;
  /** Of the last event in the read model, or passed over by it. */
  readonly position: number;
  readonly events: number;
}

export interface Projector extends AsyncDisposable {
  /** Events decided but not yet in the read model, for the partitions of this process. */
  lag(): readonly ProjectionLag[];
  /** The number of parked keys, for the partitions of this process. */
  parked(): readonly { readonly projection: string; readonly partition: Partition; readonly keys: number }[];
  /** Resolves when all read models of the first partitions are live, and this was logged. */
  readonly settled: Promise<void>;
  stop(): Promise<void>;
}

export interface ProjectorOptions {
  readonly feed: EventFeed;
  readonly events: EventStore;
  readonly models: readonly ReadModelSet[];
  readonly deadLetters: DeadLetters;
  readonly moved: (partition: Partition) => void;
  /** A read model holds events that the log has lost: see `ProjectionRunnerOptions`. */
  readonly foundLost?: (at: EpochPosition) => Promise<void>;
  /** Interval of the poll for missed events, in milliseconds. */
  readonly pollIntervalMs: number;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
  /** Records sampled traces. Default: none. */
  readonly tracer?: Tracer | undefined;
}

/**
 * A round of projecting costs about the same for one message as for many: a partition is projected at most fifty times
 * a second, not per message, and twenty times while many batches come.
 */
const GATHER_MS = 20;
const BUSY_GATHER_MS = 50;

/**
 * Keeps the read models up to date. Many projectors share the partitions; in each partition every read model has its
 * own checkpoint, so that a slow or unavailable store (Redis) does not block the others. Read models at the same
 * checkpoint share reads and transactions.
 */
export async function startProjector({
  events: store,
  models: given,
  moved,
  tracer,
  ...options
}: ProjectorOptions): Promise<Projector> {
  const models = tracer ? given.map((set) => ({ ...set, store: traceProjections(set.store, tracer) })) : given;
  const { feed, deadLetters, logger } = options;
  const events = sharedReads(store);
  const owned = new Map<Partition, readonly ProjectionRunner[]>();
  const names = models.flatMap(({ projections }) => projections.map(({ name }) => name));
  const line = settledLine(() => {
    const filling = names.filter((name) =>
      [...owned.values()].flat().some(({ projection, live, idle }) => projection.name === name && !live && !idle),
    );
    const partitions = [...owned.keys()].toSorted((a, b) => a - b);
    const where = `in ${counted(partitions.length, 'partition')}`;
    return filling.length > 0
      ? { message: `filling read models ${where}`, fields: { filling, partitions }, complete: false }
      : {
          message: `${counted(names.length, 'read model')} live ${where}`,
          fields: { partitions },
          complete: owned.size > 0,
        };
  }, logger);
  const follow = (): Promise<{ stop(): Promise<void> }> =>
    followPartitions({
      ...options,
      store,
      group: 'projector',
      gatherMs: GATHER_MS,
      busyGatherMs: BUSY_GATHER_MS,
      open(partition) {
        const runners = models.flatMap(({ store: kept, projections, isTransient }) =>
          projections.map((projection) =>
            runProjection({
              projection,
              partition,
              projections: kept,
              events,
              isTransient,
              moved,
              onLive: () => line.changed(),
              ...options,
            }),
          ),
        );
        owned.set(partition, runners);
        line.changed();
        return {
          readers: runners,
          close() {
            owned.delete(partition);
            line.changed();
          },
        };
      },
    });
  /**
   * Null while a newer program's version of a read model is live: the partitions are left to processes that can fold
   * it.
   */
  let following: { stop(): Promise<void> } | null = await follow();

  const stepAside = async (newer: string | null): Promise<void> => {
    if (newer !== null && following) {
      logger.error(
        { projection: newer },
        'a newer version of a read model is live: leaving all partitions to newer processes; replace this one',
      );
      const leaving = following;
      following = null;
      await leaving.stop();
    } else if (newer === null && !following) {
      logger.info('every read model is live in a version of this program again: taking partitions');
      following = await follow();
    }
  };

  const check = async (): Promise<void> => {
    let newer: string | null = null;
    let answered = true;
    for (const { store, projections } of models) {
      // Before the query: a batch that is applied meanwhile would make the answer look old.
      const expected = [...owned].flatMap(([partition, runners]) =>
        runners.map((runner) => ({ partition, runner, position: runner.position })),
      );
      try {
        const progress = await store.progressOfAll(projections, feed.partitions);
        const ahead = projections.find(({ version }, index) =>
          progress[index]!.some((at) => (at.version ?? 0) > version),
        );
        newer ??= ahead?.name ?? null;
        for (const { partition, runner, position } of expected) {
          const found = progress[projections.indexOf(runner.projection)]?.[partition];
          if (found) runner.check(position, found);
        }
      } catch (error) {
        answered = false;
        logger.debug({ err: error, store: store.kind }, 'a store does not answer; its read models wait');
      }
    }
    if (newer !== null || answered) await stepAside(newer);
    await reconcile();
  };
  const sources = models.flatMap(({ projections }) => projections.map(sourceOf));
  const reconcile = async (): Promise<void> => {
    if (owned.size === 0) return;
    try {
      const letters = await deadLetters.open(sources);
      for (const [partition, runners] of owned) {
        for (const runner of runners)
          runner.reconcile(
            letters.filter((letter) => letter.partition === partition && letter.source === sourceOf(runner.projection)),
          );
      }
    } catch (error) {
      logger.debug({ err: error }, 'could not read the dead letters; retrying');
    }
  };
  const poll = startPoll({
    run: check,
    everyMs: options.pollIntervalMs,
    failed: (error) => logger.warn({ err: error }, 'could not check the read models; retrying'),
  });
  const stop = async (): Promise<void> => {
    const checked = poll.stop();
    line.stop();
    await checked;
    await following?.stop();
  };

  return {
    lag: () =>
      [...owned].flatMap(([partition, runners]) =>
        runners
          .filter(({ idle }) => !idle)
          .map(({ projection, head, position }) => ({
            projection: projection.name,
            partition,
            position,
            events: Math.max(0, head - position),
          })),
      ),
    parked: () =>
      [...owned].flatMap(([partition, runners]) =>
        runners.map(({ projection, parked }) => ({ projection: projection.name, partition, keys: parked })),
      ),
    settled: line.settled,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Read models at the same checkpoint request the same events at the same time: one read answers them all. */
function sharedReads(
  store: EventStore,
): Pick<EventStore, 'catalog' | 'epochs' | 'heads' | 'readEntries' | 'readKeyEntries'> {
  const reading = new Map<string, ReturnType<EventStore['readEntries']>>();
  return {
    catalog: store.catalog,
    epochs: store.epochs,
    heads: () => store.heads(),
    readKeyEntries: (partition, key, after, limit) => store.readKeyEntries(partition, key, after, limit),
    readEntries(partition, after, limit) {
      const key = `${partition} ${after} ${limit}`;
      const shared = reading.get(key) ?? store.readEntries(partition, after, limit).finally(() => reading.delete(key));
      reading.set(key, shared);
      return shared;
    },
  };
}
