import { setMaxListeners } from 'node:events';
import type { Offset, Partition } from '../domain/ids.js';
import { settlesWithin } from '../runtime/deadline.js';
import type { EngineLogger } from '../runtime/logger.js';
import type { CommandRecord, Tail, TailOptions } from '../log/command-log.js';
import { pause, pauseMs, RETRIES } from '../runtime/retry.js';
import { createTailPlaces } from '../log/tail-places.js';
import type { QueueEnds } from './queue-ends.js';

export interface PostgresTailOptions {
  readonly queue: string;
  readonly partitions: number;
  readonly log: EngineLogger;
  readonly ends: QueueEnds;
  /** The first offset of the partition in the database, and the offset after its last. */
  bounds(partition: Partition): Promise<{ readonly low: number; readonly high: number }>;
  /** The first records from there on; empty at the end. */
  read(partition: Partition, from: Offset, max: number): Promise<readonly CommandRecord[]>;
  readonly tail: TailOptions;
}

const READ_MAX = 500;
/** How long a stop waits for running reads. Their results are dropped. */
const STOP_MS = 2_000;

/**
 * Follows each partition by itself: waits until it has grown, then reads to its end.
 * @returns `stands` resolves once the place of each partition is known, or the tail was stopped
 */
export function startPostgresTail(options: PostgresTailOptions): {
  readonly tail: Tail;
  readonly stands: Promise<void>;
} {
  const { queue, partitions, log, ends, bounds, read } = options;
  const places = createTailPlaces(options);
  const ending = new AbortController();
  const { signal } = ending;
  // One listener for each partition.
  setMaxListeners(0, signal);
  /** Partitions whose last query failed. */
  const failing = new Set<Partition>();
  const seeking = new Set<Partition>();
  /** Cancels the wait of each partition for more commands. */
  const waits = new Map<Partition, AbortController>();
  let stopping: Promise<void> | undefined;

  // Called only while nothing of the partition is being delivered, so the answer is newer than the place.
  async function locate(partition: Partition): Promise<void> {
    const before = ends.knownEnd(partition);
    const now = await bounds(partition);
    if (signal.aborted) return;
    places.fit(partition, now);
    ends.learnt(partition, before, now.high);
  }

  async function readOn(partition: Partition): Promise<void> {
    const from = places.next(partition);
    const records = await read(partition, from, READ_MAX);
    // The place may have been moved meanwhile.
    if (signal.aborted || places.next(partition) !== from) return;
    // Commands are deleted from the lowest offset up, so missing ones are gone for good.
    if (records.length > 0) places.hand(partition, records);
    else await locate(partition);
  }

  function failed(partition: Partition, error: unknown): void {
    if (failing.size === 0)
      log.warn({ err: error, queue, partition }, 'cannot follow a queue: the database fails; retrying');
    failing.add(partition);
  }

  function succeeded(partition: Partition): void {
    if (failing.delete(partition) && failing.size === 0) log.info({ queue }, 'the queue is followed again');
  }

  async function retryUntilStopped(partition: Partition, work: (partition: Partition) => Promise<void>): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await work(partition);
        succeeded(partition);
        return;
      } catch (error) {
        if (!signal.aborted) failed(partition, error);
        await pause(pauseMs(RETRIES.work, failures), signal);
      }
    }
  }

  async function follow(partition: Partition, located: Promise<void>): Promise<void> {
    await located;
    while (!signal.aborted) {
      const waiting = new AbortController();
      waits.set(partition, waiting);
      const sought = seeking.delete(partition);
      // The known end may belong to an earlier log.
      if (sought) await retryUntilStopped(partition, locate);
      else await ends.untilPast(partition, places.next(partition), waiting.signal);
      if (!sought && seeking.has(partition)) continue;
      await retryUntilStopped(partition, readOn);
    }
  }

  function seek(partition: Partition, to: Offset): void {
    places.seek(partition, to);
    seeking.add(partition);
    waits.get(partition)?.abort();
  }

  const located = Array.from({ length: partitions }, (_, partition) => retryUntilStopped(partition, locate));
  const running = Promise.all(located.map((place, partition) => follow(partition, place)));

  async function end(): Promise<void> {
    ending.abort();
    for (const waiting of waits.values()) waiting.abort();
    await settlesWithin(running, STOP_MS);
  }

  const stop = (): Promise<void> => (stopping ??= end());
  return {
    tail: { next: places.next, seek, stop, [Symbol.asyncDispose]: stop },
    stands: Promise.all(located).then(() => undefined),
  };
}
