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
  /** Where the partition begins and ends in the database, now. */
  bounds(partition: Partition): Promise<{ readonly low: number; readonly high: number }>;
  /** The first records from there on; empty where there are none. */
  read(partition: Partition, from: Offset, max: number): Promise<readonly CommandRecord[]>;
  readonly tail: TailOptions;
}

const READ_MAX = 500;
/** How long a stop waits for reads that are under way. What they bring is dropped. */
const STOP_MS = 2_000;

/**
 * Each partition by itself: waits until it has grown, then reads until it has all.
 * @returns `stands` resolves when it is known where each partition is, or the tail was stopped
 */
export function startPostgresTail(options: PostgresTailOptions): {
  readonly tail: Tail;
  readonly stands: Promise<void>;
} {
  const { queue, partitions, log, ends, bounds, read } = options;
  const places = createTailPlaces(options);
  const ending = new AbortController();
  const { signal } = ending;
  // Each partition waits on it.
  setMaxListeners(0, signal);
  /** Partitions whose last question the database did not answer. */
  const failing = new Set<Partition>();
  const seeking = new Set<Partition>();
  /** What each partition waits by for more. */
  const waits = new Map<Partition, AbortController>();
  let stopping: Promise<void> | undefined;

  // Asked only while nothing of the partition is being handed over, so the answer is younger than its place.
  async function locate(partition: Partition): Promise<void> {
    const before = ends.heard(partition);
    const now = await bounds(partition);
    if (signal.aborted) return;
    places.fit(partition, now);
    ends.learnt(partition, before, now.high);
  }

  async function readOn(partition: Partition): Promise<void> {
    const from = places.next(partition);
    const records = await read(partition, from, READ_MAX);
    // Told meanwhile to go on from elsewhere.
    if (signal.aborted || places.next(partition) !== from) return;
    // Commands are deleted from below, so those that are left out are gone for good.
    if (records.length > 0) places.hand(partition, records);
    else await locate(partition);
  }

  function failed(partition: Partition, error: unknown): void {
    if (failing.size === 0)
      log.warn({ err: error, queue, partition }, 'the database does not let a queue be followed; trying on');
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
      // What is known of the log may be of another one.
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
