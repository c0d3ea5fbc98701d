import type { RateLimitDecision } from './rate-limits.js';

/** Tokens are added at `perSecond`, and at most `burst` are saved up. */
export interface BucketRate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Bucket {
  readonly tokens: number;
  /** The time of this state, in milliseconds. */
  readonly at: number;
}

export const filled = (bucket: Bucket | undefined, { perSecond, burst }: BucketRate, now: number): Bucket => ({
  tokens: bucket ? Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) * perSecond) / 1_000) : burst,
  at: now,
});

/** Milliseconds until there are this many tokens. */
export const untilTokens = ({ tokens }: Bucket, { perSecond }: BucketRate, wanted: number): number =>
  Math.max(1, Math.ceil(((wanted - tokens) * 1_000) / perSecond));

/**
 * The same steps as `TAKE` in Lua, which takes one token. @returns the new bucket; the given one if nothing was taken
 */
export function take(
  before: Bucket | undefined,
  rate: BucketRate,
  now: number,
  wanted = 1,
): readonly [Bucket | undefined, RateLimitDecision] {
  const bucket = filled(before, rate, now);
  // A clock that was set back: the bucket would not fill until the old time.
  if (bucket.tokens < wanted)
    return [
      before && before.at > now ? bucket : before,
      { granted: false, retryAfterMs: untilTokens(bucket, rate, wanted) },
    ];
  return [{ ...bucket, tokens: bucket.tokens - wanted }, { granted: true }];
}
