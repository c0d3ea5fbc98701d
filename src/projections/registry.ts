import { campaigns } from './campaigns/project.js';
import { members } from './members/project.js';
import type { PostgresProjection, RedisProjection } from './projection.js';
import { readPositions } from './read-positions/project.js';
import { recentTimeline } from './recent-timeline/project.js';
import { rooms } from './rooms/project.js';
import { timeline } from './timeline/project.js';
import { unread } from './unread/project.js';
import { users } from './users/project.js';

export const postgresProjections: readonly PostgresProjection[] = [
  users,
  rooms,
  members,
  timeline,
  readPositions,
  campaigns,
];
export const redisProjections: readonly RedisProjection[] = [recentTimeline, unread];
