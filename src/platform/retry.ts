import { setTimeout as delay } from 'node:timers/promises';

/** Doubling pauses with jitter, so that those who failed together do not come back together. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export const QUICK: Backoff = { firstMs: 50, maxMs: 2_000 };

/** The pause before try number `attempt` + 1 (0 is the first failure), in milliseconds. */
export function pauseMs({ firstMs, maxMs }: Backoff, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}

/** Resolves after the pause, or at once when `signal` is aborted: the caller looks at the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
