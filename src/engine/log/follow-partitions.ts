import type { Partition } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import { startPoll } from '../runtime/poll.js';
import type { PartitionReader } from './partition-reader.js';
import type { EventFeed, FeedBatch } from './event-feed.js';
import type { EventStore } from '../store/event-store.js';
import type { LeadingEdgeThrottle } from './leading-edge-throttle.js';
import { leadingEdgeThrottle } from './leading-edge-throttle.js';

/** The work on a partition while this process owns it. */
export interface PartitionWork {
  readonly readers: readonly PartitionReader[];
  /** Called after the readers have stopped. */
  close(): void;
}

export interface FollowPartitionsOptions {
  readonly feed: EventFeed;
  readonly store: EventStore;
  readonly group: string;
  readonly open: (partition: Partition) => PartitionWork;
  /** Batches of a partition that come within this time of each other are delivered together, in milliseconds. */
  readonly gatherMs: number;
  /** The same for a partition in which many batches come. Default: as `gatherMs`. */
  readonly busyGatherMs?: number;
  /** Interval of the poll for missed events, in milliseconds. */
  readonly pollIntervalMs: number;
  readonly logger: Logger;
}

/**
 * A member of a group that reads the event feed: opens the work for each partition that it is assigned, delivers the
 * batches to it, and closes it when the partition goes. The poll of the event store guarantees progress without the
 * feed.
 */
export async function followPartitions(options: FollowPartitionsOptions): Promise<{ stop(): Promise<void> }> {
  const { feed, store, group, open, gatherMs, busyGatherMs, pollIntervalMs, logger } = options;
  const owned = new Map<Partition, PartitionWork & { readonly gate: LeadingEdgeThrottle<FeedBatch> }>();
  let stopped = false;

  const close = async (partition: Partition): Promise<void> => {
    const work = owned.get(partition);
    owned.delete(partition);
    if (!work) return;
    work.gate.close();
    await Promise.all(work.readers.map((reader) => reader.stop()));
    work.close();
  };

  const catchUp = async (): Promise<void> => {
    const heads = await store.heads();
    for (const [partition, { readers }] of owned) for (const reader of readers) reader.grown(heads[partition]!);
  };
  const failed = (error: unknown): void =>
    logger.warn({ err: error, group }, 'could not poll for events that the feed missed; retrying');

  const unfollow = store.epochs.onFork(({ partition, after }) => {
    const work = owned.get(partition);
    work?.gate.forget();
    for (const reader of work?.readers ?? []) reader.forked(after);
  });
  const follower = await feed.follow({
    group,
    async assigned(partition) {
      await close(partition);
      const work = open(partition);
      const offer = (all: readonly FeedBatch[]): void => {
        for (const batch of all) for (const reader of work.readers) reader.offer(batch);
      };
      const gate = leadingEdgeThrottle<FeedBatch>(gatherMs, offer, busyGatherMs);
      owned.set(partition, { ...work, gate });
      logger.debug({ group, partition }, 'following a partition');
      await catchUp().catch(failed);
    },
    async revoked(partition) {
      await close(partition);
      logger.debug({ group, partition }, 'no longer following a partition');
    },
    onBatch(batch) {
      owned.get(batch.partition)?.gate.add(batch);
    },
  });

  const poll = startPoll({ run: catchUp, everyMs: pollIntervalMs, failed });

  return {
    async stop() {
      if (stopped) return;
      stopped = true;
      const polled = poll.stop();
      unfollow();
      await polled;
      await follower.stop();
      await Promise.all([...owned.keys()].map(close));
    },
  };
}
