// Written by the build from the files beside this folder: scripts/lists.mjs.
import 'reflect-metadata';
import { messagePosted } from '../message/message-posted.event.js';
import { reactionAdded, reactionRemoved } from '../reaction/reaction.event.js';
import { memberJoined, memberLeft, memberErased } from '../membership/membership.event.js';

export const ALL = {
  MessagePosted: messagePosted,
  ReactionAdded: reactionAdded,
  ReactionRemoved: reactionRemoved,
  MemberJoined: memberJoined,
  MemberLeft: memberLeft,
  MemberErased: memberErased,
} as const;
