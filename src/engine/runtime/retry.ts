import { setTimeout as delay } from 'node:timers/promises';

/** Doubling pauses with jitter, so that callers that failed together do not come back together. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export interface Retry extends Backoff {
  /** Maximum number of retries. */
  readonly times: number;
}

/** The complete list of retried work: how often, and after which pauses. */
export const RETRIES = {
  /** Work on a partition, of a decider, a projector or a follower: until the obstacle is gone. */
  work: { times: Infinity, firstMs: 50, maxMs: 2_000 },
  /** A record that fails alone, for a reason that does not pass by itself. Then it becomes a dead letter. */
  record: { times: 2, firstMs: 50, maxMs: 500 },
  /** The connection for wake-ups. */
  wakeUp: { times: Infinity, firstMs: 50, maxMs: 1_000 },
  /** A connection to Redis. No caller waits for it. */
  redis: { times: Infinity, firstMs: 50, maxMs: 1_000 },
  /** Reading the bounds of a topic from Kafka. */
  kafkaPlace: { times: Infinity, firstMs: 100, maxMs: 2_000 },
  /** A record batch with a wrong checksum: about four seconds in all. Then it becomes a dead letter. */
  kafkaDamaged: { times: 6, firstMs: 200, maxMs: 1_500 },
  /** Creating a topic, at the start. */
  kafkaTopic: { times: 5, firstMs: 100, maxMs: 1_000 },
  /** A consumer that fell out of its group. */
  kafkaGroup: { times: Infinity, firstMs: 200, maxMs: 2_000 },
} as const satisfies Readonly<Record<string, Retry>>;

/** The pause before try number `attempt` + 1 (0 is the first failure), in milliseconds. */
export function pauseMs({ firstMs, maxMs }: Backoff, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}

/** Resolves after the pause, or at once when `signal` is aborted: the caller checks the signal. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (!signal) return delay(ms);
  if (signal.aborted) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
