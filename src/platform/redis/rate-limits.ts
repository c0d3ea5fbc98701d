import { LRUCache } from 'lru-cache';
import type { RoomId, UserId } from '../../events/ids.js';
import type { Admission, RoomBuckets, SendLimit } from '../ports/rate-limits.js';
import type { FairBucket } from '../rate-limits/fair-bucket.js';
import { PATIENCE_MS, createFairBucket, takeFairly } from '../rate-limits/fair-bucket.js';
import type { Bucket, BucketRate } from '../rate-limits/token-bucket.js';
import { take } from '../rate-limits/token-bucket.js';
import type { RedisConnection } from './client.js';
import { luaScript } from './lua-script.js';
import { FAIR_TAKE, TAKE } from './rate-limits.lua.js';

const MAX_LOCAL_USERS = 50_000;
const MAX_ROOMS = 1_000;
/** So long a room's refusal is taken for everyone else's, without asking Redis again: a flood must not become a flood there. */
const REFUSED_MS = 50;
/** Of those who are refused meanwhile, so many are told to Redis with the next question: they wait for their turn like any other. */
const MAX_UNTOLD = 1_000;

interface Refused {
  readonly until: number;
  readonly retryAfterMs: number;
  readonly untold: Set<UserId>;
}

const asAdmission = (reply: unknown): Admission => {
  const retryAfterMs = Number(reply);
  return retryAfterMs === 0 ? { granted: true } : { granted: false, retryAfterMs };
};

/**
 * Buckets that all servers share, in Redis. While it is away each server has buckets of its own, of the same size. The connection is the
 * caller's, who closes it.
 * @param logId tells this deployment's keys from another's on the same server
 */
export function redisRoomBuckets(redis: RedisConnection, logId: string, rate: BucketRate): RoomBuckets {
  const script = luaScript(FAIR_TAKE);
  const local = new LRUCache<RoomId, FairBucket>({ max: MAX_ROOMS });
  const refused = new LRUCache<RoomId, Refused>({ max: MAX_ROOMS });

  const asking = new Map<RoomId, Promise<unknown>>();

  const ask = async (roomId: RoomId, userId: UserId, untold: readonly UserId[]): Promise<Admission> => {
    const now = Date.now();
    try {
      const key = `madang:${logId}:{page:${roomId}}`;
      const args = [userId, rate.perSecond, rate.burst, PATIENCE_MS, ...untold];
      const [retryAfterMs, empty] = (await redis.run(script, [`${key}:bucket`, `${key}:served`, `${key}:waiting`], args)) as [number, number];
      if (empty === 1) refused.set(roomId, { until: now + Math.min(REFUSED_MS, retryAfterMs), retryAfterMs, untold: new Set() });
      return asAdmission(retryAfterMs);
    } catch {
      const own = local.get(roomId) ?? createFairBucket();
      local.set(roomId, own);
      return takeFairly(own, userId, rate, now, untold);
    }
  };

  const refusal = (roomId: RoomId, userId: UserId): number | null => {
    const known = refused.get(roomId);
    if (!known || known.until <= Date.now()) return null;
    if (known.untold.size < MAX_UNTOLD) known.untold.add(userId);
    return known.retryAfterMs + Math.ceil((known.untold.size * 1_000) / rate.perSecond);
  };

  return {
    refusal,
    async take(roomId, userId) {
      // One question at a time: most of those who come together get what the first of them is told.
      while (asking.has(roomId)) await asking.get(roomId);
      const retryAfterMs = refusal(roomId, userId);
      if (retryAfterMs !== null) return { granted: false, retryAfterMs };
      const untold = refused.get(roomId)?.untold ?? [];
      refused.delete(roomId);
      const answer = ask(roomId, userId, [...untold]).finally(() => asking.delete(roomId));
      asking.set(roomId, answer);
      return answer;
    },
  };
}

/** See {@link redisRoomBuckets}. A rate of 0: no limit. */
export function redisSendLimit(redis: RedisConnection, logId: string, rate: BucketRate): SendLimit {
  if (rate.perSecond === 0) return { take: () => Promise.resolve({ granted: true }) };
  const script = luaScript(TAKE);
  const local = new LRUCache<UserId, Bucket>({ max: MAX_LOCAL_USERS });

  const takeHere = (userId: UserId): Admission => {
    const [bucket, admission] = take(local.get(userId), rate, Date.now());
    if (bucket) local.set(userId, bucket);
    return admission;
  };

  return {
    take: (userId) => redis.run(script, [`madang:${logId}:send:${userId}`], [rate.perSecond, rate.burst]).then(asAdmission, () => takeHere(userId)),
  };
}
