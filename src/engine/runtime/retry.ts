import { setTimeout as delay } from 'node:timers/promises';

/** Doubling pauses with jitter, so that those who failed together do not come back together. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export interface Retry extends Backoff {
  /** How often it is tried again. */
  readonly times: number;
}

/** What is tried again when it fails, how often, and after how long. Nothing else is. */
export const RETRIES = {
  /** Work on a partition, of a decider, a projector, a follower: until what stands in its way is gone. */
  work: { times: Infinity, firstMs: 50, maxMs: 2_000 },
  /** A record that fails alone, for a reason that does not pass by itself: then it is a dead letter. */
  record: { times: 2, firstMs: 50, maxMs: 500 },
  /** The connection for wake-ups. */
  wakeUp: { times: Infinity, firstMs: 50, maxMs: 5_000 },
  /** A connection to Redis. Nobody waits for it. */
  redis: { times: Infinity, firstMs: 50, maxMs: 1_000 },
  /** Asking Kafka where a topic stands. */
  kafkaPlace: { times: Infinity, firstMs: 100, maxMs: 2_000 },
  /** A record batch whose checksum is wrong: some four seconds in all. Then it is a dead letter. */
  kafkaDamaged: { times: 6, firstMs: 200, maxMs: 1_500 },
  /** Making a topic, at the start. */
  kafkaTopic: { times: 5, firstMs: 100, maxMs: 1_000 },
  /** A consumer that fell out of its group. */
  kafkaGroup: { times: Infinity, firstMs: 200, maxMs: 5_000 },
} as const satisfies Readonly<Record<string, Retry>>;

/** The pause before try number `attempt` + 1 (0 is the first failure), in milliseconds. */
export function pauseMs({ firstMs, maxMs }: Backoff, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}

/** Resolves after the pause, or at once when `signal` is aborted: the caller looks at the signal. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (!signal) return delay(ms);
  if (signal.aborted) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
