import type { RateLimit } from '../server/rate-limits/rate-limits.js';
import { localRateLimit } from '../server/rate-limits/local-limit.js';
import type { RedisConnection } from '../engine/redis/client.js';
import { redisRateLimit } from '../server/rate-limits/redis-rate-limits.js';
import type { WriteLimitName, WriteRates } from '../schema/command/write-rates.js';
import { WRITE_LIMITS, isWriteLimit } from '../schema/command/write-rates.js';

/** Names of keys from before there was a limit for each mutation: they never change. */
const KEYS: Partial<Record<WriteLimitName, string>> = { sendMessage: 'send' };

/** The rate limit of each mutation. */
export function openWriteLimits(
  rates: WriteRates,
  redis: RedisConnection,
  logId: string,
): Readonly<Record<WriteLimitName, RateLimit>> {
  const names = Object.keys(WRITE_LIMITS).filter(isWriteLimit);
  const open = (name: WriteLimitName): RateLimit =>
    WRITE_LIMITS[name].over === 'server'
      ? localRateLimit(rates[name])
      : redisRateLimit(redis, logId, KEYS[name] ?? `rate:${name}`, rates[name]);
  return Object.fromEntries(names.map((name) => [name, open(name)])) as Record<WriteLimitName, RateLimit>;
}
