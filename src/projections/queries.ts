import type { PrismaClient } from '../platform/postgres/prisma-client.js';
import type { ReadCache } from '../platform/ports/read-cache.js';
import type { CampaignQueries } from './campaigns/query.js';
import { campaignQueries } from './campaigns/query.js';
import { withoutDeleted } from './erased-messages.js';
import type { MemberQueries } from './members/query.js';
import { memberQueries } from './members/query.js';
import type { RememberedUsers } from './remembered-users.js';
import { rememberedUsers } from './remembered-users.js';
import type { RoomQueries } from './rooms/query.js';
import { roomQueries } from './rooms/query.js';
import type { TimelineQueries } from './timeline/query.js';
import { timelineQueries } from './timeline/query.js';
import type { UnreadQueries } from './unread/query.js';
import { unreadQueries } from './unread/query.js';
import { userQueries } from './users/query.js';

/** Everything that can be read: one object for the whole process. */
export interface Queries {
  readonly users: RememberedUsers;
  readonly rooms: RoomQueries;
  readonly members: MemberQueries;
  readonly timeline: TimelineQueries;
  readonly unread: UnreadQueries;
  readonly campaigns: CampaignQueries;
}

export function createQueries(prisma: PrismaClient, cache: ReadCache): Queries {
  const users = rememberedUsers(userQueries(prisma), { max: 50_000, ttlMs: 600_000 });
  return {
    users,
    rooms: roomQueries(prisma),
    members: memberQueries(prisma),
    timeline: withoutDeleted(timelineQueries(prisma, cache), users),
    unread: unreadQueries(prisma, cache),
    campaigns: campaignQueries(prisma),
  };
}
