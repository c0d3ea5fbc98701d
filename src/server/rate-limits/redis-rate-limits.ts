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
/**
 * So long a room's refusal is taken for everyone else's, without asking Redis again: a flood must not become a flood
 * there.
 */
const REFUSED_MS = 50;
/** A page is read that soon after its token was taken. */
const RESERVED_MS = 5_000;
const MAX_RESERVED = 10_000;
/** After that long it is worth asking again a server that is late. */
const TURNED_AWAY_MS = 1_000;
/**
 * Of those who are refused meanwhile, so many are told to Redis with the next question: they wait for their turn like
 * any other.
 */
const MAX_UNTOLD = 1_000;

/** What was said last of a bucket, and who was refused since on the strength of it. */
interface Last {
  /** Until the last of those who waited gets a token; 0 where there was one left. */
  readonly emptyMs: number;
  readonly until: number;
  readonly unheard: Set<UserId>;
}

const asDecision = (reply: unknown): RateLimitDecision => {
  const retryAfterMs = Number(reply);
  return retryAfterMs === 0 ? { granted: true } : { granted: false, retryAfterMs };
};

/**
 * Buckets that all servers share, in Redis. While it is away each server has buckets of its own, of the same size. The
 * connection is the caller's, who closes it.
 * @param logId tells this deployment's keys from another's on the same server
 * @param turnsAway whether this one is refused whatever the bucket holds: the server has more to do than it can
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

  const heard = (roomId: string, emptyMs: number, at: number): Last => {
    const last: Last = {
      emptyMs,
      until: at + Math.min(REFUSED_MS, emptyMs),
      unheard: lasts.get(roomId)?.unheard ?? new Set(),
    };
    lasts.set(roomId, last);
    return last;
  };

  const ask = async (roomId: string, userId: UserId): Promise<RateLimitDecision> => {
    const now = performance.now();
    const before = lasts.get(roomId);
    const unheard = [...(before?.unheard ?? [])];
    // Whoever is refused from here on is told of with the next question.
    before?.unheard.clear();
    try {
      const key = `madang:${logId}:{page:${roomId}}`;
      const args = [userId, rate.perSecond, rate.burst, TIMEOUT_MS, ...unheard];
      const [retryAfterMs, emptyMs] = (await redis.run(
        script,
        [`${key}:bucket`, `${key}:served`, `${key}:waiting`],
        args,
      )) as [number, number];
      heard(roomId, emptyMs, now);
      return asDecision(retryAfterMs);
    } catch {
      heard(roomId, 0, now);
      const own = local.get(roomId) ?? createFairBucket();
      local.set(roomId, own);
      return takeFairly(own, userId, rate, now, unheard);
    }
  };

  /** Without asking; null where it has to be asked. */
  const refusal = (roomId: string, userId: UserId): number | null => {
    const last = lasts.get(roomId);
    // While somebody asks, what was said last goes on: a server that is late with the answer must not be made later by
    // those who wait for it.
    const isEmpty = last !== undefined && last.emptyMs > 0 && (last.until > performance.now() || asking.has(roomId));
    if (!isEmpty && !isShedding()) return null;
    const { emptyMs, unheard } = last ?? heard(roomId, 0, 0);
    if (unheard.size < MAX_UNTOLD) unheard.add(userId);
    return isEmpty ? emptyMs + Math.ceil((unheard.size * 1_000) / rate.perSecond) : TURNED_AWAY_MS;
  };

  const take = async (roomId: string, userId: UserId): Promise<RateLimitDecision> => {
    for (;;) {
      const retryAfterMs = refusal(roomId, userId);
      if (retryAfterMs !== null) return { granted: false, retryAfterMs };
      // One question at a time: most of those who come together get what the first of them is told.
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
 * A bucket for each who is counted, shared by all servers as those of {@link redisRoomBuckets} are. A rate of 0: no
 * limit.
 * @param name tells its keys from those of other limits, for good: a bucket outlives its servers
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
