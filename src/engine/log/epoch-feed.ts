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

/** However many doubtful records come: the record answers nothing else meanwhile. */
const ASK_EVERY_MS = 25;

/**
 * A feed of which followers hear only what was decided in the current epoch. A topic may still hold events that the
 * record has lost, it may bring those of an epoch that this process has not heard of yet, and anybody's: in each case
 * the record is asked, and says how far it is.
 */
export function feedOfCurrentEpoch({ feed, store, log }: EpochFeedOptions): EventFeed {
  const { epochs } = store;

  const heardBy = (options: FollowOptions): FollowOptions['onBatch'] => {
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
          'could not ask the record about news of another epoch; the followers’ own look will find what there is',
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
    follow: (options) => feed.follow({ ...options, onBatch: heardBy(options) }),
  };
}
