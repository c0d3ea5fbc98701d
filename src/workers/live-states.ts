import type { FanOut } from '../engine/fan-out/fan-out.js';
import type { SharedValues } from '../engine/fan-out/shared-values.js';
import { createSharedValues } from '../engine/fan-out/shared-values.js';
import type { RedisConnection } from '../engine/redis/client.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { RoomId } from '../events/ids.js';
import { campaignId } from '../events/ids.js';
import type { CampaignProgress, GifticonQueue } from '../gifticon/gifticon-requests.js';
import type { Metrics } from '../metrics.js';
import type { Occupancy } from '../occupancy/occupancy.js';
import { createOccupancySampler } from '../occupancy/occupancy-sampler.js';
import { redisOccupancyStore } from '../occupancy/redis-occupancy-store.js';
import type { RoomNotice } from '../schema/message/room-notice.js';

/** Interval at which the progress of a campaign is pushed. */
const PROGRESS_INTERVAL_MS = 1_000;

export interface LiveStatesOptions {
  readonly redis: RedisConnection;
  readonly logId: string;
  readonly fanOut: FanOut;
  readonly gifticonRequests: GifticonQueue;
  readonly groupsPerRoom: number;
  readonly groupsPerUser: number;
  readonly announce: (room: RoomId, notice: RoomNotice) => void;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What is pushed to many beside the log, and of which only the newest value counts. */
export interface LiveStates {
  readonly occupancy: Occupancy;
  readonly campaignProgress: SharedValues<CampaignProgress>;
}

export function openLiveStates(options: LiveStatesOptions): LiveStates {
  const { redis, logId, fanOut, gifticonRequests, groupsPerRoom, groupsPerUser, announce, lifecycle, logger, metrics } =
    options;
  const occupancy = createOccupancySampler({
    store: redisOccupancyStore(redis, logId),
    present: (room) => fanOut.present(room),
    isIdle: () => fanOut.rooms() === 0,
    announce: (room, connected) => announce(room, { type: 'occupancy', connected }),
    observer: {
      asked: (rooms) => metrics.occupancyRooms.set(rooms),
      sampled: (outcome) => metrics.occupancySamples.inc({ outcome }),
    },
    logger,
  });
  lifecycle.onStop('the occupancy of rooms', () => occupancy.stop());
  const campaignProgress = createSharedValues<CampaignProgress>({
    everyMs: PROGRESS_INTERVAL_MS,
    async read(id) {
      const read = await gifticonRequests.progress(campaignId(id));
      if (!read) throw new Error(`campaign ${id} is not there any more`);
      return read;
    },
    isLast: ({ state, queued }) => queued === 0 && (state === 'SOLD_OUT' || state === 'CLOSED'),
    groupsPerValue: groupsPerRoom,
    groupsPerUser,
    logger,
    metrics,
  });
  lifecycle.onStop('the progress of campaigns', () => Promise.resolve(campaignProgress.stop()));
  return { occupancy, campaignProgress };
}
