import type { EventsOf } from '../../events/definitions.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import type { RejectionCode } from '../rejections.js';
import { unexpectedEvent } from '../unexpected-event.js';

/**
 * outside ─ MemberJoined → member ─ MessagesRead → member ─ MemberLeft → outside ─ MemberErased → erased. `erased` is
 * final: every later command of the user is refused, so that nothing of theirs follows in the room. `readSeq`: the
 * member's read mark. Posting reads too, but is not in this state: a message is one event in the room's stream.
 */
export type MembershipState =
  | { readonly status: 'outside' }
  | { readonly status: 'member'; readonly readSeq: number }
  | { readonly status: 'erased' };

export const membershipAggregate: Aggregate<MembershipState, EventsOf<'membership'>> = {
  name: 'membership',
  initialState: { status: 'outside' },
  evolve(_state, event) {
    switch (event.type) {
      case 'MemberJoined':
      case 'MessagesRead':
        return { status: 'member', readSeq: event.data.seq };
      case 'MemberLeft':
        return { status: 'outside' };
      case 'MemberErased':
        return { status: 'erased' };
      default:
        return unexpectedEvent('membership', event);
    }
  },
};

/** The room's id comes first: it contains no `/`, while a user's id may. */
export const membershipStream = (roomId: RoomId, userId: UserId): StreamRef<MembershipState> =>
  streamOf(membershipAggregate, `${roomId}/${userId}`);

/** The reason for refusing a user who is no member. */
export const notAMember = ({ status }: MembershipState): RejectionCode =>
  status === 'erased' ? 'ACCOUNT_DELETED' : 'NOT_A_MEMBER';
