import type { Partition } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import { pause } from '../runtime/retry.js';
import { growthOf } from './partition-follower.js';
import type { EventFeed, FollowOptions, FeedBatch } from './event-feed.js';
import type { EventStore } from '../store/event-store.js';

export interface EpochFeedOptions {
  readonly feed: EventFeed;
  readonly store: Pick<EventStore, 'epochs' | 'heads'>;
  readonly log: EngineLogger;
}

/** Bounds the reads for doubtful records, however many come. */
const ASK_EVERY_MS = 25;

/**
 * A feed that passes on only batches of the current epoch. A topic may hold events that the event store has lost,
 * events of an epoch that this process does not know yet, and records of other writers: for each of these the event
 * store is read for its head.
 */
export function feedOfCurrentEpoch({ feed, store, log }: EpochFeedOptions): EventFeed {
  const { epochs } = store;

  const currentOnly = (options: FollowOptions): FollowOptions['onBatch'] => {
    const doubtful = new Set<Partition>();
    let asking = false;

    const ask = async (): Promise<void> => {
      asking = true;
      try {
        while (doubtful.size > 0) {
          const partitions = [...doubtful];
          doubtful.clear();
          const heads = await store.heads();
          for (const partition of partitions) options.onBatch(growthOf(partition, heads[partition]!));
          await pause(ASK_EVERY_MS);
        }
      } catch (error) {
        log.warn(
          { err: error },
          'could not read the heads for records of another epoch; the followers find the events by polling',
        );
      } finally {
        asking = false;
      }
    };

    return (batch: FeedBatch): void => {
      const { partition, epoch, events } = batch;
      if (!batch.doubtful && (epoch === null || epoch === epochs.current(partition))) {
        const last = events.at(-1);
        if (last) epochs.noteHeard(last);
        return options.onBatch(batch);
      }
      doubtful.add(partition);
      if (!asking) void ask();
    };
  };

  return {
    ...feed,
    follow: (options) => feed.follow({ ...options, onBatch: currentOnly(options) }),
  };
}
