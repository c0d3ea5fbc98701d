import type { FoldedBy } from '../../../events/definitions.js';
import type { FoldedEvent } from '../../../events/event.js';
import { redisReadModel } from '../../define-read-model.js';
import { APPLY, WINDOW } from './recent-timeline.lua.js';

/** A message as it is stored in Redis. */
export interface RecentMessage {
  readonly seq: number;
  readonly author: string;
  readonly body: string;
  /** ISO 8601. */
  readonly at: string;
}

function encode({
  event,
  position,
  at,
}: FoldedEvent<FoldedBy<'recent-timeline'>>): Readonly<Record<string, string | number>> {
  switch (event.type) {
    case 'RoomCreated':
      return { type: 'room', room: event.data.roomId, position };
    case 'MessagePosted': {
      const { roomId: room, seq, authorId: author, body } = event.data;
      const message: RecentMessage = { seq, author, body, at: at.toISOString() };
      return { type: 'message', room, position, seq, json: JSON.stringify(message) };
    }
    case 'ReactionAdded':
    case 'ReactionRemoved': {
      const { roomId: room, seq, emoji, userId: user } = event.data;
      return { type: event.type === 'ReactionAdded' ? 'add' : 'remove', room, position, seq, emoji, user };
    }
    case 'MemberErased':
      return { type: 'erase', room: event.data.roomId, position, user: event.data.userId };
    default:
      return event satisfies never;
  }
}

/**
 * Leaves out messages that fall out of a room's window before the end. The room's last event gives the room's position.
 */
function compact(events: readonly FoldedEvent[]): readonly FoldedEvent[] {
  const rooms = new Map<string, { newest: number; last: FoldedEvent }>();
  for (const recorded of events) {
    const { type, data } = recorded.event;
    if (!('roomId' in data)) continue;
    const seq = type === 'MessagePosted' ? data.seq : 0;
    const room = rooms.get(data.roomId);
    if (!room) rooms.set(data.roomId, { newest: seq, last: recorded });
    else {
      room.newest = Math.max(room.newest, seq);
      room.last = recorded;
    }
  }
  return events.filter((recorded) => {
    const { type, data } = recorded.event;
    if (type !== 'MessagePosted' && type !== 'ReactionAdded' && type !== 'ReactionRemoved') return true;
    const { newest, last } = rooms.get(data.roomId)!;
    return data.seq > newest - WINDOW || recorded === last;
  });
}

/** The newest messages of each room with their reactions. Reactions to older messages are in PostgreSQL alone. */
export const recentTimeline = redisReadModel({
  name: 'recent-timeline',
  version: 1,
  forgets: 'folded',
  oldGenerations: 'swept',
  script: APPLY,
  compact,
  encode,
});
