import type { PrismaClient } from './prisma-client.js';
import type { ReadCache } from '../engine/projector/read-cache.js';
import type { CampaignQueries } from './gifticon/campaigns/query.js';
import { campaignQueries } from './gifticon/campaigns/query.js';
import { withoutDeleted } from './message/erased-messages.js';
import type { MemberQueries } from './membership/members/query.js';
import { memberQueries } from './membership/members/query.js';
import type { RememberedUsers } from './user/remembered-users.js';
import { rememberedUsers } from './user/remembered-users.js';
import type { RoomQueries } from './room/rooms/query.js';
import { roomQueries } from './room/rooms/query.js';
import type { TimelineQueries } from './message/timeline/query.js';
import { timelineQueries } from './message/timeline/query.js';
import type { ReadFresh } from './read-source.js';
import { fromPrimary } from './read-source.js';
import type { UnreadQueries } from './membership/unread/query.js';
import { unreadQueries } from './membership/unread/query.js';
import { userQueries } from './user/users/query.js';

/** The queries of all read models: one object for the whole process. */
export interface Queries {
  readonly users: RememberedUsers;
  readonly rooms: RoomQueries;
  readonly members: MemberQueries;
  readonly timeline: TimelineQueries;
  readonly unread: UnreadQueries;
  readonly campaigns: CampaignQueries;
}

export function createQueries(prisma: PrismaClient, cache: ReadCache, read: ReadFresh = fromPrimary(prisma)): Queries {
  const users = rememberedUsers(userQueries(prisma), { max: 50_000, ttlMs: 600_000 });
  return {
    users,
    rooms: roomQueries(prisma, read),
    members: memberQueries(prisma, read),
    timeline: withoutDeleted(timelineQueries(prisma, cache, read), users),
    unread: unreadQueries(prisma, cache),
    campaigns: campaignQueries(prisma),
  };
}
