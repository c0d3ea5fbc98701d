// Written by the build from the files beside this folder: scripts/lists.mjs.
import { userQueries } from '../user/users/query.js';
import { roomQueries } from '../room/rooms/query.js';
import { memberQueries } from '../membership/members/query.js';
import { unreadQueries } from '../membership/unread/query.js';
import { timelineQueries } from '../message/timeline/query.js';
import { campaignQueries } from '../gifticon/campaigns/query.js';

export const ALL = {
  users: userQueries,
  rooms: roomQueries,
  members: memberQueries,
  unread: unreadQueries,
  timeline: timelineQueries,
  campaigns: campaignQueries,
} as const;
