// Written by the build from the files beside this folder: scripts/lists.mjs.
import { users } from '../user/users/project.js';
import { rooms } from '../room/rooms/project.js';
import { members } from '../membership/members/project.js';
import { readPositions } from '../membership/read-positions/project.js';
import { timeline } from '../message/timeline/project.js';
import { campaigns } from '../gifticon/campaigns/project.js';
import { unread } from '../membership/unread/project.js';
import { recentTimeline } from '../message/recent-timeline/project.js';

export const POSTGRES = {
  users,
  rooms,
  members,
  'read-positions': readPositions,
  timeline,
  campaigns,
} as const;

export const REDIS = {
  unread,
  'recent-timeline': recentTimeline,
} as const;
