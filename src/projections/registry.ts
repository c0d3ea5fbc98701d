import { campaigns } from './gifticon/campaigns/project.js';
import { members } from './membership/members/project.js';
import type { PostgresProjection, RedisProjection } from '../engine/projector/projection.js';
import { readPositions } from './membership/read-positions/project.js';
import { recentTimeline } from './message/recent-timeline/project.js';
import { rooms } from './room/rooms/project.js';
import { timeline } from './message/timeline/project.js';
import { unread } from './membership/unread/project.js';
import { users } from './user/users/project.js';

export const postgresProjections: readonly PostgresProjection[] = [
  users,
  rooms,
  members,
  timeline,
  readPositions,
  campaigns,
];
export const redisProjections: readonly RedisProjection[] = [recentTimeline, unread];
