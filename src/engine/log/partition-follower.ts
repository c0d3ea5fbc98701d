import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import type { FollowOptions, FeedBatch } from './event-feed.js';

export interface PartitionFollower {
  /** Until `assigned` has resolved, batches are merged into one bare head. */
  onBatch(batch: FeedBatch): void;
  /** Resolves after the first `assigned` that did not throw, or when the follower was ended. */
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

/** One partition of a follower: assigned ─► batches … ─► revoked. */
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
        log.warn({ err: error, partition }, 'starting on a partition of the event feed failed; retrying');
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
        'a follower of the event feed threw; it misses this batch and finds the events by polling',
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
          log.error({ err: error, partition }, 'releasing a partition of the event feed failed'),
        );
    },
  };
}
