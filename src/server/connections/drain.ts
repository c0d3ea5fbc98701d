import { pause } from '../../engine/runtime/retry.js';

/** Long-lived connections that are ended one after the other when the server drains. */
export interface Drainable {
  /** How many have not had their turn, including those that came since `begin`. */
  readonly left: () => number;
  /** Ends the next one. */
  readonly endNext: () => void;
}

export interface DrainQueue<T> extends Drainable {
  begin(present: Iterable<T>): void;
  /** A connection that comes during the drain has its turn at the end. */
  add(item: T): void;
  /** Its client has ended it. */
  remove(item: T): void;
}

export function createDrainQueue<T>(end: (item: T) => void): DrainQueue<T> {
  let queue: Set<T> | null = null;
  return {
    begin: (present) => void (queue ??= new Set(present)),
    add: (item) => void queue?.add(item),
    remove: (item) => void queue?.delete(item),
    left: () => queue?.size ?? 0,
    endNext() {
      for (const item of queue ?? []) {
        queue!.delete(item);
        return end(item);
      }
    },
  };
}

/** Ends several at once where there are more than fifty a second: a timer for each would cost more than the ends. */
const TICK_MS = 20;

interface Clock {
  now(): number;
  pause(ms: number, signal: AbortSignal): Promise<unknown>;
}
const MACHINE_CLOCK: Clock = { now: () => performance.now(), pause };

/** Ends all of them, evenly over the time; after `signal` the rest is left. */
export async function drainEvenly(
  parts: readonly Drainable[],
  overMs: number,
  signal: AbortSignal,
  clock: Clock = MACHINE_CLOCK,
): Promise<void> {
  const end = clock.now() + overMs;
  const left = (): number => parts.reduce((sum, part) => sum + part.left(), 0);
  const endNext = (): void => parts.find((part) => part.left() > 0)?.endNext();
  for (let waiting = left(); waiting > 0 && !signal.aborted; waiting = left()) {
    const gapMs = Math.max(0, end - clock.now()) / waiting;
    const ended = gapMs === 0 ? waiting : Math.max(1, Math.round(TICK_MS / gapMs));
    for (let count = 0; count < ended; count++) endNext();
    if (left() > 0) await clock.pause(Math.max(TICK_MS, gapMs), signal);
  }
}
