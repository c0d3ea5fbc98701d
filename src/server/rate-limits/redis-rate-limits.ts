import { LRUCache } from 'lru-cache';
import type { UserId } from '../../engine/domain/ids.js';
import type { RateLimitDecision, RateLimit, RoomBuckets } from './rate-limits.js';
import type { FairBucket } from './fair-bucket.js';
import { TIMEOUT_MS, createFairBucket, takeFairly } from './fair-bucket.js';
import { localRateLimit, unlimited } from './local-limit.js';
import type { BucketRate } from './token-bucket.js';
import type { RedisConnection } from '../../engine/redis/client.js';
import { luaScript } from '../../engine/redis/lua-script.js';
import { FAIR_TAKE, TAKE } from './redis-rate-limits.lua.js';

const MAX_ROOMS = 1_000;
/** A refusal of a room counts for all users for this time, without Redis: a flood must not become a flood there. */
const REFUSED_MS = 50;
/** Maximum time between taking a token for a page and reading the page. */
const RESERVED_MS = 5_000;
const MAX_RESERVED = 10_000;
/** Retry delay while the server sheds load. */
const SHED_RETRY_MS = 1_000;
/**
 * Maximum number of users refused meanwhile that the next call to Redis reports: they wait for their turn like any
 * other.
 */
const MAX_REFUSED_SINCE = 1_000;

/** The last answer about a bucket, and the users refused since because of it. */
interface Last {
  /** Milliseconds until the last waiter gets a token; 0 if one was left. */
  readonly emptyMs: number;
  readonly until: number;
  readonly refusedSince: Set<UserId>;
}

const asDecision = (reply: unknown): RateLimitDecision => {
  const retryAfterMs = Number(reply);
  return retryAfterMs === 0 ? { granted: true } : { granted: false, retryAfterMs };
};

/**
 * Buckets in Redis that all servers share. During an outage each server has buckets of its own, of the same size. The
 * caller owns the connection and closes it.
 * @param logId separates the keys of deployments on the same server
 * @param isShedding whether the server is overloaded, and refuses regardless of the bucket
 */
export function redisRoomBuckets(
  redis: RedisConnection,
  logId: string,
  rate: BucketRate,
  isShedding: () => boolean = () => false,
): RoomBuckets {
  const script = luaScript(FAIR_TAKE);
  const local = new LRUCache<string, FairBucket>({ max: MAX_ROOMS });
  const lasts = new LRUCache<string, Last>({ max: MAX_ROOMS });

  const reserved = new LRUCache<string, true>({ max: MAX_RESERVED, ttl: RESERVED_MS });
  const asking = new Map<string, Promise<unknown>>();

  const remember = (roomId: string, emptyMs: number, at: number): Last => {
    const last: Last = {
      emptyMs,
      until: at + Math.min(REFUSED_MS, emptyMs),
      refusedSince: lasts.get(roomId)?.refusedSince ?? new Set(),
    };
    lasts.set(roomId, last);
    return last;
  };

  const ask = async (roomId: string, userId: UserId): Promise<RateLimitDecision> => {
    const now = performance.now();
    const before = lasts.get(roomId);
    const refusedSince = [...(before?.refusedSince ?? [])];
    // The next call reports the users who are refused from here on.
    before?.refusedSince.clear();
    try {
      const key = `madang:${logId}:{page:${roomId}}`;
      const args = [userId, rate.perSecond, rate.burst, TIMEOUT_MS, ...refusedSince];
      const [retryAfterMs, emptyMs] = (await redis.run(
        script,
        [`${key}:bucket`, `${key}:served`, `${key}:waiting`],
        args,
      )) as [number, number];
      remember(roomId, emptyMs, now);
      return asDecision(retryAfterMs);
    } catch {
      remember(roomId, 0, now);
      const own = local.get(roomId) ?? createFairBucket();
      local.set(roomId, own);
      return takeFairly(own, userId, rate, now, refusedSince);
    }
  };

  /** The retry delay of an immediate refusal; null if Redis has to be asked. */
  const refusal = (roomId: string, userId: UserId): number | null => {
    const last = lasts.get(roomId);
    // During a call to Redis the last answer still counts: a server that is late with the answer must not be made later
    // by the waiters.
    const isEmpty = last !== undefined && last.emptyMs > 0 && (last.until > performance.now() || asking.has(roomId));
    if (!isEmpty && !isShedding()) return null;
    const { emptyMs, refusedSince } = last ?? remember(roomId, 0, 0);
    if (refusedSince.size < MAX_REFUSED_SINCE) refusedSince.add(userId);
    return isEmpty ? emptyMs + Math.ceil((refusedSince.size * 1_000) / rate.perSecond) : SHED_RETRY_MS;
  };

  const take = async (roomId: string, userId: UserId): Promise<RateLimitDecision> => {
    for (;;) {
      const retryAfterMs = refusal(roomId, userId);
      if (retryAfterMs !== null) return { granted: false, retryAfterMs };
      // One call at a time: most concurrent callers get the answer of the first.
      if (!asking.has(roomId)) break;
      await asking.get(roomId);
    }
    const answer = ask(roomId, userId).finally(() => asking.delete(roomId));
    asking.set(roomId, answer);
    return answer;
  };

  return {
    async reserve(roomId, userId, page) {
      const decision = await take(roomId, userId);
      if (decision.granted) reserved.set(page, true);
      return decision;
    },
    take(roomId, userId, page) {
      if (!reserved.has(page)) return take(roomId, userId);
      reserved.delete(page);
      return Promise.resolve({ granted: true });
    },
    isReserved: (page) => reserved.has(page),
  };
}

/**
 * A bucket per key, shared by all servers like those of {@link redisRoomBuckets}. A rate of 0: no limit.
 * @param name separates its keys from those of other limits, and never changes: a bucket outlives its servers
 */
export function redisRateLimit(redis: RedisConnection, logId: string, name: string, rate: BucketRate): RateLimit {
  if (rate.perSecond === 0) return unlimited;
  const script = luaScript(TAKE);
  const here = localRateLimit(rate);
  return {
    take: (who) =>
      redis
        .run(script, [`madang:${logId}:${name}:${who}`], [rate.perSecond, rate.burst])
        .then(asDecision, () => here.take(who)),
  };
}
