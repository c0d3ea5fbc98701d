import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import type { FollowOptions, FeedBatch } from './event-feed.js';

export interface PartitionFollower {
  /** Until `assigned` has resolved, news are kept as one hint. */
  onBatch(batch: FeedBatch): void;
  /** Resolves once `assigned` has been called and did not throw, or the follower was ended. */
  readonly ready: Promise<void>;
  /** Resolves after `revoked`. */
  end(): Promise<void>;
}

export const growthOf = (partition: Partition, head: Position): FeedBatch => ({
  partition,
  epoch: null,
  head,
  events: [],
  receipts: [],
});

/** One partition of a follower: assigned ─► news … ─► revoked. */
export function followPartition(partition: Partition, options: FollowOptions, log: EngineLogger): PartitionFollower {
  const ending = new AbortController();
  let live = false;
  let missed = position(0);

  async function start(): Promise<void> {
    for (let failures = 0; !ending.signal.aborted; failures++) {
      try {
        await options.assigned?.(partition);
        break;
      } catch (error) {
        if (ending.signal.aborted) return;
        log.warn({ err: error, partition }, 'taking up a partition of the event feed failed and is tried again');
        await pause(pauseMs(RETRIES.work, failures), ending.signal);
      }
    }
    if (ending.signal.aborted) return;
    live = true;
    if (missed > 0) deliver(growthOf(partition, missed));
  }

  function deliver(batch: FeedBatch): void {
    try {
      options.onBatch(batch);
    } catch (error) {
      log.error(
        { err: error, partition },
        'a follower of the event feed threw; it has to see the news as a hint that was lost',
      );
    }
  }

  const ready = start();
  return {
    ready,
    onBatch(batch) {
      if (ending.signal.aborted) return;
      if (live) deliver(batch);
      else if (batch.head > missed) missed = batch.head;
    },
    async end() {
      ending.abort();
      await ready;
      await options
        .revoked?.(partition)
        .catch((error: unknown) =>
          log.error({ err: error, partition }, 'giving a partition of the event feed up failed'),
        );
    },
  };
}
