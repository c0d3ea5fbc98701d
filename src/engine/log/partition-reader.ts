import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import { levelOf } from '../runtime/logging.js';
import type { FeedBatch } from './event-feed.js';
import type { EventStore } from '../store/event-store.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';

/**
 * One partition, read in order: every event after the start exactly once. The feed may bring batches twice, late, out
 * of order or not at all. Positions have no gaps, so a gap in the batches is filled from the event store.
 */
export interface PartitionReader {
  readonly position: Position;
  /** The highest position known to exist. */
  readonly head: Position;
  /** Takes a batch from the feed. Never blocks. */
  offer(batch: FeedBatch): void;
  /** A poll found the partition at `head`. */
  grown(head: Position): void;
  /** Calls `start` again before the next delivery: its earlier answer may no longer hold. */
  restart(): void;
  /**
   * The log forked after this position: later batches are dropped, and `start` is called again before the next
   * delivery. It must not return a later position.
   */
  forked(after: Position): void;
  /**
   * Runs a task between two deliveries, at most one at a time. A throw counts as a failed delivery, and drops the other
   * tasks.
   */
  between(task: () => Promise<void>): void;
  /** Ends after the running delivery. Idempotent. */
  stop(): Promise<void>;
}

export interface PartitionReaderOptions {
  readonly partition: Partition;
  readonly store: Pick<EventStore, 'readEntries'>;
  /** Returns the start; called again after every failed delivery. A throw is retried. */
  readonly start: () => Promise<Position>;
  /** Maximum number of events in a delivery. */
  readonly maxBatch: number;
  /**
   * Called with the next events in order, at least one; one call at a time. An event that this program cannot read
   * comes as an unreadable entry. After a throw the reader pauses and calls `start` again.
   */
  readonly deliver: (events: readonly LogEntry[]) => Promise<void> | void;
  readonly logger: Logger;
}

/** Maximum number of events in memory per partition; events beyond them are read from the store. */
const MAX_PENDING = 4_000;

export function readPartition(options: PartitionReaderOptions): PartitionReader {
  const { partition, store, maxBatch, deliver, logger } = options;
  const stopping = new AbortController();
  let at = position(0);
  let head = position(0);
  let started = false;
  /** A run without gaps, after `at`. */
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
    // Offered before the start was known, or delivered from the store meanwhile.
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
        // Restarted or stopped during the read.
        if (!started || stopping.signal.aborted) continue;
        const last = events.at(-1);
        // Announced but not visible yet: a replica or a snapshot is behind. The next poll brings it.
        if (!last) {
          await pause(pauseMs(RETRIES.work, 0), stopping.signal);
          continue;
        }
        await deliver(events);
        // After a restart these events may be lost ones.
        if (started) at = last.position;
        failures = 0;
      } catch (error) {
        logger[levelOf(error)](
          { err: error, partition, position: at, failures },
          'delivering events failed; continuing from the last checkpoint',
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
