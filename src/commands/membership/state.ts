import type { RoomId, UserId } from '../../events/ids.js';
import type { MemberJoined, MemberLeft, MessagesRead } from '../../events/room-events.js';
import type { Aggregate, StreamRef } from '../decide.js';
import { streamOf } from '../decide.js';
import { unexpectedEvent } from '../unexpected-event.js';

/**
 * outside ─ MemberJoined → member ─ MessagesRead → member ─ MemberLeft → outside.
 * `readSeq`: how far the member said to have read. Posting reads too, but is not told here: a message is one event in the room's stream.
 */
export type MembershipState = { readonly status: 'outside' } | { readonly status: 'member'; readonly readSeq: number };

export const membershipAggregate: Aggregate<MembershipState, MemberJoined | MemberLeft | MessagesRead> = {
  name: 'membership',
  initialState: { status: 'outside' },
  evolve(_state, event) {
    switch (event.type) {
      case 'MemberJoined':
      case 'MessagesRead':
        return { status: 'member', readSeq: event.data.seq };
      case 'MemberLeft':
        return { status: 'outside' };
      default:
        return unexpectedEvent('membership', event);
    }
  },
};

/** The room's id comes first: it holds no `/`, whatever a user's id holds. */
export const membershipStream = (roomId: RoomId, userId: UserId): StreamRef<MembershipState> =>
  streamOf(membershipAggregate, `${roomId}/${userId}`);
