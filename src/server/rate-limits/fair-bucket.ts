import type { RateLimitDecision } from './rate-limits.js';
import type { Bucket, BucketRate } from './token-bucket.js';
import { filled, untilTokens } from './token-bucket.js';

/**
 * A bucket whose tokens go round: a user who was served in this round gets none while another user waits. Without
 * waiters, a new round begins. A refused user counts as waiting for as long as a client needs to come back.
 */
export interface FairBucket {
  bucket: Bucket | undefined;
  readonly served: Set<string>;
  /** Refused users, and until when each counts as waiting. */
  readonly waiting: Map<string, number>;
}

/**
 * A refused user counts as waiting for twice the retry delay, plus this. A client adds up to the same delay at random,
 * or the pace of its room, which is ten seconds at most.
 */
export const TIMEOUT_MS = 12_000;

export const createFairBucket = (): FairBucket => ({ bucket: undefined, served: new Set(), waiting: new Map() });

/**
 * The same steps as `FAIR_TAKE` in Lua: one suite compares both.
 * @param refused users who were refused since the last call without one: they wait as well
 */
export function takeFairly(
  state: FairBucket,
  user: string,
  rate: BucketRate,
  now: number,
  refused: readonly string[] = [],
): RateLimitDecision {
  const bucket = filled(state.bucket, rate, now);
  // The clock was set back: waiters would count until the old time, and served users would get nothing meanwhile.
  if (state.bucket && state.bucket.at > now) {
    state.waiting.clear();
    state.served.clear();
  }
  for (const [name, until] of state.waiting) if (until <= now) state.waiting.delete(name);
  for (const name of refused) {
    if (!state.served.has(name) && !state.waiting.has(name))
      wait(name, untilTokens(bucket, rate, state.waiting.size + 1));
  }

  const others = state.waiting.size - (state.waiting.has(user) ? 1 : 0);
  const served = state.served.has(user) && others > 0;
  const granted = bucket.tokens >= 1 && !served;
  // No other waiter: a new round begins with this user.
  if (others === 0 && (granted || state.served.has(user))) state.served.clear();
  if (granted) {
    state.bucket = { ...bucket, tokens: bucket.tokens - 1 };
    state.waiting.delete(user);
    state.served.add(user);
    return { granted };
  }
  state.bucket = bucket;
  const retryAfterMs = untilTokens(bucket, rate, others + 1);
  if (!served) wait(user, retryAfterMs);
  return { granted, retryAfterMs };

  function wait(name: string, after: number): void {
    state.waiting.set(name, now + 2 * after + TIMEOUT_MS);
  }
}
