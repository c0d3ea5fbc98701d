import type { FoldedBy } from '../../../events/definitions.js';
import type { FoldedEvent } from '../../../events/event.js';
import { compactReadings } from '../compact-readings.js';
import { redisReadModel } from '../../define-read-model.js';
import { APPLY } from './unread.lua.js';

function encode({ event, position }: FoldedEvent<FoldedBy<'unread'>>): Readonly<Record<string, string | number>> {
  switch (event.type) {
    case 'MemberJoined':
      return { type: 'join', room: event.data.roomId, position, user: event.data.userId, seq: event.data.seq };
    case 'MemberLeft':
      return { type: 'leave', room: event.data.roomId, position, user: event.data.userId };
    case 'MessagePosted':
      return { type: 'post', room: event.data.roomId, position, user: event.data.authorId, seq: event.data.seq };
    case 'MessagesRead':
      return { type: 'read', room: event.data.roomId, position, user: event.data.userId, seq: event.data.seq };
    default:
      return event satisfies never;
  }
}

/** Each member's read mark, and the last message of the room. */
export const unread = redisReadModel({
  name: 'unread',
  version: 1,
  forgets: 'folded',
  oldGenerations: 'nothing personal',
  script: APPLY,
  compact: compactReadings,
  encode,
});
