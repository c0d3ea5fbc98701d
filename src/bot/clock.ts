import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds since 1970, finer than a millisecond, never set back, and the same in all threads of a process. */
export const now = (): number => performance.timeOrigin + performance.now();

/** Resolves after that time, or when the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  // Thousands of users wait for the same signal: that is no leak.
  if (signal) setMaxListeners(0, signal);
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}
