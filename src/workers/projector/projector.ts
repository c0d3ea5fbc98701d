import type { Partition } from '../../events/ids.js';
import type { ReadModelSet } from '../../gateway/read-model-progress.js';
import type { Logger } from '../../platform/logging.js';
import type { Metrics } from '../../platform/metrics.js';
import type { DeadLetters } from '../../platform/ports/dead-letters.js';
import type { EventFeed } from '../../platform/ports/event-feed.js';
import type { EventStore } from '../../platform/ports/event-store.js';
import { followPartitions } from '../follow-partitions.js';
import type { ProjectionRunner } from './projection-runner.js';
import { runProjection } from './projection-runner.js';
import { sourceOf } from './tend.js';

export interface Projector extends AsyncDisposable {
  /** Events decided but not yet in the read model, for what this process owns. */
  lag(): readonly { readonly projection: string; readonly partition: Partition; readonly events: number }[];
  /** Keys whose events are held back, for what this process owns. */
  parked(): readonly { readonly projection: string; readonly partition: Partition; readonly keys: number }[];
  stop(): Promise<void>;
}

export interface ProjectorOptions {
  readonly feed: EventFeed;
  readonly events: EventStore;
  readonly models: readonly ReadModelSet[];
  readonly deadLetters: DeadLetters;
  readonly moved: (partition: Partition) => void;
  /** How often to look whether the feed left something out, in milliseconds. */
  readonly lookEveryMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Keeps the read models up to date. Many projectors share the partitions; in each partition every read model has a place of its own, so one
 * that is slow or away (Redis) does not hold up the others. Those that stand at the same place are read for and stored together.
 */
export async function startProjector({ events: store, models, moved, ...options }: ProjectorOptions): Promise<Projector> {
  const { feed, deadLetters, logger } = options;
  const events = sharedReads(store);
  const owned = new Map<Partition, readonly ProjectionRunner[]>();
  const following = await followPartitions({
    ...options,
    store,
    group: 'projector',
    open(partition) {
      const runners = models.flatMap(({ store: kept, projections, isTransient }) =>
        projections.map((projection) => runProjection({ projection, partition, projections: kept, events, isTransient, moved, ...options })),
      );
      owned.set(partition, runners);
      return {
        readers: runners,
        close: () => owned.delete(partition),
      };
    },
  });

  let checking: Promise<void> = Promise.resolve();
  const check = async (): Promise<void> => {
    for (const { store, projections } of models) {
      // Before the answer, which a batch that is applied meanwhile would make look old.
      const expected = [...owned].flatMap(([partition, runners]) => runners.map((runner) => ({ partition, runner, position: runner.position })));
      try {
        const progress = await store.progressOfAll(projections, feed.partitions);
        for (const { partition, runner, position } of expected) {
          const found = progress[projections.indexOf(runner.projection)]?.[partition];
          if (found) runner.check(position, found);
        }
      } catch (error) {
        logger.debug({ err: error, store: store.kind }, 'a store does not answer; its read models wait');
      }
    }
    await tend();
  };
  const sources = models.flatMap(({ projections }) => projections.map(sourceOf));
  const tend = async (): Promise<void> => {
    if (owned.size === 0) return;
    try {
      const letters = await deadLetters.open(sources);
      for (const [partition, runners] of owned) {
        for (const runner of runners) runner.tend(letters.filter((letter) => letter.partition === partition && letter.source === sourceOf(runner.projection)));
      }
    } catch (error) {
      logger.debug({ err: error }, 'dead letters could not be looked at; trying again');
    }
  };
  const timer = setInterval(() => {
    checking = check();
  }, options.lookEveryMs);
  timer.unref();
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await checking;
    await following.stop();
  };

  return {
    lag: () =>
      [...owned].flatMap(([partition, runners]) =>
        runners.map(({ projection, head, position }) => ({ projection: projection.name, partition, events: Math.max(0, head - position) })),
      ),
    parked: () =>
      [...owned].flatMap(([partition, runners]) => runners.map(({ projection, parked }) => ({ projection: projection.name, partition, keys: parked }))),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Read models that stand at the same place ask for the same events at the same time: one read answers them all. */
function sharedReads(store: EventStore): Pick<EventStore, 'heads' | 'readEntries' | 'readKeyEntries'> {
  const reading = new Map<string, ReturnType<EventStore['readEntries']>>();
  return {
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
