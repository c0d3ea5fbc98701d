import type { Config } from '../config.js';
import type { FanOut } from '../engine/fan-out/fan-out.js';
import type { Memberships } from '../schema/membership/memberships.js';
import { createMemberships } from '../schema/membership/memberships.js';
import type { ReadModelProgress } from '../engine/gateway/read-model-progress.js';
import type { HotKeyDetector } from '../hot-rooms/heat.js';
import { createHotKeyDetector } from '../hot-rooms/hot-key-detector.js';
import { watchEventLoopDelay } from '../hot-rooms/event-loop-delay.js';
import type { SharedReads } from '../hot-rooms/shared-reads.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Metrics } from '../metrics.js';
import type { RoomBuckets } from '../server/rate-limits/rate-limits.js';
import type { RedisConnection } from '../engine/redis/client.js';
import { isTransientRedisError } from '../engine/redis/errors.js';
import { redisHeatStore } from '../hot-rooms/redis-heat-store.js';
import { redisRoomBuckets } from '../server/rate-limits/redis-rate-limits.js';
import type { RedisSubscriber } from '../engine/redis/subscriber.js';
import { openRedisSubscriber } from '../engine/redis/subscriber.js';
import { createPerTickLimiter } from '../engine/runtime/per-tick-limiter.js';
import type { Queries } from '../projections/queries.js';
import { createHotPages } from '../schema/hot-room/pages.js';
import type { PersonalReads } from '../schema/hot-room/personal-reads.js';
import { createPersonalReads } from '../schema/hot-room/personal-reads.js';
import type { PerTickLimiters } from '../schema/services.js';
import { startHeatMonitor } from '../hot-rooms/monitor.js';

export interface HeatOptions {
  readonly config: Pick<Config, 'hotRoom'>;
  readonly redis: RedisConnection;
  readonly redisUrl: string;
  readonly logId: string;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The rate of older pages that a hot room hands out, over all servers, is the enter threshold divided by this. */
const OTHER_PAGES_PART = 20;
const MIN_OTHER_PAGES = 10;
/**
 * Callers per turn of the event loop: both of those who ask for a shared read, and of those who waited for it. They
 * take a millisecond or two each turn.
 */
const PER_TURN = 16;

/** The parts with which an api process detects and serves hot rooms. */
export interface HotRooms {
  readonly heat: HotKeyDetector;
  readonly memberships: Memberships;
  readonly pages: SharedReads<unknown>;
  readonly personal: PersonalReads;
  readonly buckets: RoomBuckets;
  readonly limiters: PerTickLimiters;
}

export interface HotRoomsOptions extends HeatOptions {
  readonly queries: Queries;
  readonly fanOut: FanOut;
  readonly progress: ReadModelProgress;
  readonly partitions: number;
}

export function openHotRooms(options: HotRoomsOptions): HotRooms {
  const { config, redis, redisUrl, logId, queries, fanOut, progress, partitions, lifecycle, logger, metrics } = options;
  const subscriber = openHeatSubscriber(redis, redisUrl, logger);
  lifecycle.onStop('the subscription to heat', () => subscriber.close());
  const heat = createHotKeyDetector({
    store: redisHeatStore({ redis, logId, subscriber }),
    thresholds: config.hotRoom,
    logger,
    observer: {
      reported: (outcome) => metrics.heatReports.inc({ outcome }),
      hotRooms: (count) => metrics.hotRooms.set(count),
      alone: (alone) => metrics.heatAlone.set(alone ? 1 : 0),
    },
  });
  lifecycle.onStop('hot-key detection', () => heat.stop());
  const limiters: PerTickLimiters = { coming: createPerTickLimiter(PER_TURN), leaving: createPerTickLimiter(PER_TURN) };
  const delay = watchEventLoopDelay({
    lateMs: config.hotRoom.lateMs,
    lines: Object.values(limiters),
    observe: (part) => metrics.hotRoomShed.set(part),
  });
  lifecycle.onStop('the event-loop delay monitor', () => delay.stop());
  const otherPages = Math.max(MIN_OTHER_PAGES, Math.round(config.hotRoom.enter / OTHER_PAGES_PART));
  return {
    heat,
    memberships: createMemberships({ members: queries.members, fanOut, progress, partitions }),
    pages: createHotPages(),
    personal: createPersonalReads(queries),
    buckets: redisRoomBuckets(redis, logId, { perSecond: otherPages, burst: otherPages }, () => delay.isShedding()),
    limiters,
  };
}

/** Where commands move to another server, messages come from that server, too. */
function openHeatSubscriber(redis: RedisConnection, redisUrl: string, log: Logger): RedisSubscriber {
  const subscriber = openRedisSubscriber(redisUrl, { log });
  redis.onReturn(() => subscriber.reconnect());
  return subscriber;
}

/** The `heat` role. */
export function openHeatMonitor({ config, redis, redisUrl, logId, lifecycle, logger, metrics }: HeatOptions): void {
  metrics.heatLeader.set(0);
  const subscriber = openHeatSubscriber(redis, redisUrl, logger);
  lifecycle.onStop('the subscription to heat of the monitor', () => subscriber.close());
  const monitor = startHeatMonitor({
    store: redisHeatStore({ redis, logId, subscriber }),
    thresholds: config.hotRoom,
    logger,
    isTransient: isTransientRedisError,
    observer: {
      leading: (leads) => metrics.heatLeader.set(leads ? 1 : 0),
      changed: ({ state, by }) => metrics.heatChanges.inc({ state, by }),
    },
  });
  lifecycle.onStop('the heat monitor', () => monitor.stop());
}
