import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Measures the event loop's delay, and sheds a part of the expensive requests while it is too long. */
export interface EventLoopDelay {
  /** Whether to shed this request: true for the part that is shed now. */
  isShedding(): boolean;
  stop(): void;
}

export interface Line {
  /** How long its first entry has waited, in milliseconds. */
  waitedMs(): number;
}

export interface EventLoopDelayOptions {
  /** The tolerated delay, in milliseconds. 0: nothing is ever shed. */
  readonly lateMs: number;
  /** Queues of the per-tick limiters: while they grow the event loop itself stays on time. */
  readonly lines: readonly Line[];
  /** Called with the shed part, from 0 to 1, after every measurement. */
  readonly observe: (part: number) => void;
  readonly random?: () => number;
}

const POLL_INTERVAL_MS = 100;
const RESOLUTION_MS = 5;
/** Rises to nearly all within a second. A few requests always pass, since only they can show that the load is over. */
const RISE = 0.1;
const MOST = 0.95;
/** Falls to nothing within five seconds: a faster change would serve and refuse in waves. */
const FALL = 0.02;

/** The next part to shed. @param delayMs the present delay */
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
