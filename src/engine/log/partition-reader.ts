import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import { levelOf } from '../runtime/logging.js';
import type { FeedBatch } from './event-feed.js';
import type { EventStore } from '../store/event-store.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';

/**
 * One partition, read in order: every event after the start exactly once, whatever the feed brings twice, late, out of
 * order or not at all. Positions have no gaps, so a gap in the news is a gap in the news only: the event store fills
 * it.
 */
export interface PartitionReader {
  readonly position: Position;
  /** The highest position known to exist. */
  readonly head: Position;
  /** Hands over news from the feed. Never blocks. */
  offer(batch: FeedBatch): void;
  /** The partition has grown to `head`, says a periodic look. */
  grown(head: Position): void;
  /** Asks `start` again before the next delivery: what it said may no longer be true. */
  restart(): void;
  /**
   * The log goes on behind this position: what was heard of what came after it is forgotten, and `start` is asked again
   * before the next delivery. It must not answer with more than that.
   */
  forked(after: Position): void;
  /**
   * Does something between two deliveries, one task between any two. A throw counts as one of a delivery, and forgets
   * the other tasks.
   */
  between(task: () => Promise<void>): void;
  /** Ends after the running delivery. Idempotent. */
  stop(): Promise<void>;
}

export interface PartitionReaderOptions {
  readonly partition: Partition;
  readonly store: Pick<EventStore, 'readEntries'>;
  /** Where to begin; asked again after every failed delivery. A throw is retried. */
  readonly start: () => Promise<Position>;
  /** Events in a delivery, at most. */
  readonly maxBatch: number;
  /**
   * Called with the next events in order, at least one; one call at a time. One that this program cannot read comes as
   * it is. A throw makes the reader pause and ask `start` again.
   */
  readonly deliver: (events: readonly LogEntry[]) => Promise<void> | void;
  readonly logger: Logger;
}

/** News kept in memory per partition, at most; what comes beyond them is read from the store. */
const MAX_PENDING = 4_000;

export function readPartition(options: PartitionReaderOptions): PartitionReader {
  const { partition, store, maxBatch, deliver, logger } = options;
  const stopping = new AbortController();
  let at = position(0);
  let head = position(0);
  let started = false;
  /** A run without gaps, somewhere after `at`. */
  let pending: RecordedEvent[] = [];
  let tasks: (() => Promise<void>)[] = [];
  let wake: () => void = () => undefined;

  const offer = ({ events, head: announced }: FeedBatch): void => {
    for (const event of events) {
      const last = pending.at(-1)?.position;
      const fits = last === undefined ? event.position > at : event.position === last + 1;
      if (fits && pending.length < MAX_PENDING) pending.push(event);
    }
    grown(announced);
  };

  const grown = (announced: Position): void => {
    if (announced <= head) return;
    head = announced;
    wake();
  };

  const take = async (): Promise<readonly LogEntry[]> => {
    // Offered before the start was known, or delivered meanwhile from the store.
    while (pending[0] && pending[0].position <= at) pending.shift();
    const first = pending[0]?.position;
    if (first === at + 1) return pending.splice(0, maxBatch);
    return store.readEntries(partition, at, first === undefined ? maxBatch : Math.min(maxBatch, first - at - 1));
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        if (!started) {
          started = true;
          at = await options.start();
          continue;
        }
        const task = tasks.shift();
        if (task) {
          await task();
          if (!started || stopping.signal.aborted) continue;
        }
        if (head <= at) {
          if (tasks.length > 0) continue;
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        const events = await take();
        // Told to begin elsewhere, or to end, while it read.
        if (!started || stopping.signal.aborted) continue;
        const last = events.at(-1);
        // Announced, and not to be seen yet: a replica or a snapshot that is behind. The next look brings it.
        if (!last) {
          await pause(pauseMs(RETRIES.work, 0), stopping.signal);
          continue;
        }
        await deliver(events);
        // Told meanwhile to begin elsewhere: these may be of what the log has lost.
        if (started) at = last.position;
        failures = 0;
      } catch (error) {
        logger[levelOf(error)](
          { err: error, partition, position: at, failures },
          'delivering events failed; going on from the last checkpoint',
        );
        started = false;
        pending = [];
        tasks = [];
        await pause(pauseMs(RETRIES.work, failures++), stopping.signal);
      }
    }
  };

  const running = run();
  return {
    get position() {
      return at;
    },
    get head() {
      return head;
    },
    offer,
    grown,
    restart() {
      started = false;
      wake();
    },
    forked(after) {
      pending = [];
      head = position(Math.min(head, after));
      at = position(Math.min(at, after));
      started = false;
      wake();
    },
    between(task) {
      tasks.push(task);
      wake();
    },
    async stop() {
      stopping.abort();
      wake();
      await running;
    },
  };
}
