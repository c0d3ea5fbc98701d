import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late this process comes to what it has to do, and what part of what is dear it should turn away for that. */
export interface EventLoopDelay {
  /** Whether to turn away this one: true for the part that is turned away now. */
  isShedding(): boolean;
  stop(): void;
}

export interface Line {
  /** How long the first in it has waited, in milliseconds. */
  waitedMs(): number;
}

export interface EventLoopDelayOptions {
  /** Delay that is put up with, in milliseconds. 0: nothing is ever turned away. */
  readonly lateMs: number;
  /**
   * Where something waits to be let through some at a time: the event loop itself keeps its time while such a line
   * grows.
   */
  readonly lines: readonly Line[];
  /** Told the part, from 0 to 1, whenever it was looked at. */
  readonly observe: (part: number) => void;
  readonly random?: () => number;
}

const POLL_INTERVAL_MS = 100;
const RESOLUTION_MS = 5;
/** Of everything in a second, all but a trickle: what has no part in the load must be seen to be served again. */
const RISE = 0.1;
const MOST = 0.95;
/** Back to all of it in five seconds: a part that swings would be served and refused in waves. */
const FALL = 0.02;

/** The part that is turned away from here on. @param delayMs how late the process is */
export const nextPart = (part: number, delayMs: number, lateMs: number): number =>
  delayMs > lateMs ? Math.min(MOST, part + RISE) : Math.max(0, part - FALL);

export function watchEventLoopDelay({
  lateMs,
  lines,
  observe,
  random = Math.random,
}: EventLoopDelayOptions): EventLoopDelay {
  if (lateMs === 0) return { isShedding: () => false, stop: () => undefined };
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let part = 0;
  const timer = setInterval(() => {
    // Nothing was counted: the loop stood still all the time.
    const delayMs = delay.count === 0 ? Infinity : delay.mean / 1e6 - RESOLUTION_MS;
    delay.reset();
    part = nextPart(part, Math.max(delayMs, ...lines.map((line) => line.waitedMs())), lateMs);
    observe(part);
  }, POLL_INTERVAL_MS);
  timer.unref();
  return {
    isShedding: () => part > 0 && random() < part,
    stop() {
      clearInterval(timer);
      delay.disable();
    },
  };
}
