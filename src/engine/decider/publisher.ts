import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { DecidedBatch, EventFeed } from '../log/event-feed.js';
import type { EventStore } from '../store/event-store.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';

/**
 * Publishes the committed batches of one partition, in order, while the next one is decided. Batches that a crash left
 * unpublished are published again by the next owner of the partition.
 */
export interface Publisher {
  /** Everything below is published. */
  readonly published: Offset;
  /** Publishes committed batches that may be unpublished: `from` … `to`. Before anything else of this owner. */
  catchUp(from: Offset, to: Offset): void;
  /** @param upTo the offset after the batch's last command */
  push(batch: DecidedBatch, upTo: Offset): void;
  /** Waiting batches; the decider pauses above a bound, so that an outage of the feed does not fill the memory. */
  readonly waiting: number;
  /** Resolves when fewer than `below` batches wait, the publisher stops, or `signal` is aborted. */
  drained(below: number, signal: AbortSignal): Promise<void>;
  /** Drops unpublished batches, which the next owner publishes. Saves how far it came. */
  stop(): Promise<void>;
}

export interface PublisherOptions {
  readonly queue: string;
  readonly partition: Partition;
  readonly feed: EventFeed;
  readonly store: EventStore;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

const CATCH_UP_PAGE = 200;
const IDLE_MS = 500;

export function createPublisher({ queue, partition, feed, store, logger, metrics }: PublisherOptions): Publisher {
  const stopping = new AbortController();
  let published = offset(0);
  let marked = offset(0);
  let waiting = 0;
  let markTimer: NodeJS.Timeout | undefined;
  let marking: Promise<void> = Promise.resolve();
  let last: Promise<void> = Promise.resolve();
  let drainers: (() => void)[] = [];

  const retryUntilStopped = async (what: string, work: () => Promise<void>): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        return await work();
      } catch (error) {
        logger.warn({ err: error, queue, partition, failures }, `${what} failed; retrying`);
        await pause(pauseMs(RETRIES.work, failures), stopping.signal);
      }
    }
  };

  const publish = async (batch: DecidedBatch): Promise<void> => {
    if (batch.events.length + batch.receipts.length === 0) return;
    await feed.publish(batch);
    metrics.eventsPublished.inc(batch.events.length);
  };

  const enqueue = (work: () => Promise<void>): void => {
    waiting++;
    last = last.then(work).finally(() => {
      waiting--;
      const resolved = drainers;
      drainers = [];
      for (const each of resolved) each();
    });
  };

  /** An idle partition saves its published offset by itself; a busy one does so with its next commit. */
  const markWhenIdle = (): void => {
    clearTimeout(markTimer);
    markTimer = setTimeout(() => void (marking = mark()), IDLE_MS);
    markTimer.unref();
  };

  const mark = async (): Promise<void> => {
    const upTo = published;
    if (marked === upTo) return;
    await store.markPublished(queue, partition, upTo).then(
      () => (marked = upTo),
      (error: unknown) =>
        logger.warn(
          { err: error, queue, partition },
          'could not save how far events are published; they may be published twice',
        ),
    );
  };

  const catchUpFrom = async (from: Offset, to: Offset): Promise<void> => {
    for (let next = from; next < to && !stopping.signal.aborted;) {
      const batch = await store.decidedFrom(queue, partition, next, CATCH_UP_PAGE);
      if (!batch) break;
      await publish(batch);
      next = offset(batch.receipts.at(-1)!.offset + 1);
    }
  };

  return {
    get published() {
      return published;
    },
    get waiting() {
      return waiting;
    },
    catchUp(from, to) {
      published = from;
      marked = from;
      enqueue(async () => {
        await retryUntilStopped('publishing again batches that a predecessor may have left', () =>
          catchUpFrom(from, to),
        );
        if (!stopping.signal.aborted) published = to;
        markWhenIdle();
      });
    },
    push(batch, upTo) {
      enqueue(async () => {
        await retryUntilStopped('publishing events', () => publish(batch));
        if (!stopping.signal.aborted) published = upTo;
        markWhenIdle();
      });
    },
    async drained(below, signal) {
      while (waiting >= below && !stopping.signal.aborted && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const go = (): void => {
            signal.removeEventListener('abort', go);
            resolve();
          };
          drainers.push(go);
          signal.addEventListener('abort', go);
        });
      }
    },
    async stop() {
      stopping.abort();
      await last;
      clearTimeout(markTimer);
      await marking;
      await mark();
    },
  };
}
