import type { FoldedEvent } from '../../events/event.js';

/** What follows in a room, as it is gone through backwards. */
interface Rest {
  /** How far each member reads in what follows, up to where the member joins or leaves. */
  readonly furthest: Map<string, number>;
  hasMessage: boolean;
}

/**
 * Leaves out each message and each reading after which the same member reads as far, and has not joined or left in
 * between. A room keeps its last event and its last message, which say how far it is.
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
