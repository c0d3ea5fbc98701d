import type { FoldedEvent } from '../../events/event.js';

/** The later events of a room, collected while going backwards. */
interface Rest {
  /** The furthest reading of each member in the later events, up to the member's next join or leave. */
  readonly furthest: Map<string, number>;
  hasMessage: boolean;
}

/**
 * Leaves out each message and each reading after which the same member reads at least as far, without joining or
 * leaving in between. A room keeps its last event and its last message, which give its position and its last number.
 */
export function compactReadings(events: readonly FoldedEvent[]): readonly FoldedEvent[] {
  const rooms = new Map<string, Rest>();
  const isKept = ({ event }: FoldedEvent): boolean => {
    if (!('roomId' in event.data)) return true;
    const known = rooms.get(event.data.roomId);
    const rest: Rest = known ?? { furthest: new Map(), hasMessage: false };
    if (!known) rooms.set(event.data.roomId, rest);
    switch (event.type) {
      case 'MemberJoined':
      case 'MemberLeft':
      case 'MemberErased':
        rest.furthest.delete(event.data.userId);
        return true;
      case 'MessagesRead':
        return goesFurther(rest, event.data.userId, event.data.seq) || !known;
      case 'MessagePosted': {
        const isLast = !rest.hasMessage;
        rest.hasMessage = true;
        return goesFurther(rest, event.data.authorId, event.data.seq) || isLast;
      }
      default:
        return true;
    }
  };
  return events.toReversed().filter(isKept).reverse();
}

function goesFurther({ furthest }: Rest, user: string, seq: number): boolean {
  if ((furthest.get(user) ?? -1) >= seq) return false;
  furthest.set(user, seq);
  return true;
}
