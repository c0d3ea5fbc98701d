import { LRUCache } from 'lru-cache';
import type { RateLimit } from './rate-limits.js';
import type { Bucket, BucketRate } from './token-bucket.js';
import { take } from './token-bucket.js';

/** Beyond this number, the oldest start again with a full bucket. */
const MAX_COUNTED = 50_000;

export const unlimited: RateLimit = { take: () => Promise.resolve({ granted: true }) };

/** A bucket per key, in the memory of this process alone. A rate of 0: no limit. */
export function localRateLimit(rate: BucketRate, now: () => number = () => performance.now()): RateLimit {
  if (rate.perSecond === 0) return unlimited;
  const buckets = new LRUCache<string, Bucket>({ max: MAX_COUNTED });
  return {
    take(who) {
      const [bucket, decision] = take(buckets.get(who), rate, now());
      if (bucket) buckets.set(who, bucket);
      return Promise.resolve(decision);
    },
  };
}
