import type { EventOf, EventType, RecordedEvent } from '../../events/event.js';
import { messageId, roomId } from '../../events/ids.js';
import type { UserId } from '../../events/ids.js';
import type { Notice, RoomNews } from '../../fan-out/notice.js';
import { isNotice } from '../../fan-out/notice.js';
import type { RoomHeat } from '../../heat/heat.js';
import type { Seal } from '../../gateway/seal.js';
import type { TimelineMessage } from '../../projections/timeline/query.js';

interface Common {
  readonly position: string;
  readonly roomId: string;
  readonly at: Date;
}

/** An event of a room as subscribers see it. */
export type RoomEventView =
  | (Common & { readonly __typename: 'MessagePosted'; readonly message: TimelineMessage })
  | (Common & { readonly __typename: 'ReactionAdded' | 'ReactionRemoved'; readonly messageId: string; readonly userId: UserId; readonly emoji: string })
  | (Common & { readonly __typename: 'MemberJoined' | 'MemberLeft' | 'MemberErased'; readonly userId: UserId })
  | (Common & { readonly __typename: 'RoomHeatChanged'; readonly heat: RoomHeat });

/** The message of the event itself: as it was posted, before anyone could react. */
export function postedMessage({ event: { data }, at }: RecordedEvent<EventOf<'MessagePosted'>>): TimelineMessage {
  const { roomId, seq, authorId, body } = data;
  return { id: messageId(roomId, seq), roomId, seq, authorId, body, createdAt: at, reactions: [] };
}

/** Null for an event that is not shown. */
export function roomEventView(news: RoomNews, seal: Seal): RoomEventView | null {
  return isNotice(news) ? heatChanged(news, seal) : storedEvent(news, seal);
}

/** The only notice that there is. Its time is text again where it went through JSON. */
function heatChanged(notice: Notice, seal: Seal): RoomEventView {
  const { roomId: of, at } = notice;
  const heat = notice.notice as RoomHeat;
  return { __typename: 'RoomHeatChanged', position: seal.position(notice), roomId: of, at, heat: { ...heat, until: heat.until && new Date(heat.until) } };
}

function storedEvent(recorded: RecordedEvent, seal: Seal): RoomEventView | null {
  const { event, at, key } = recorded;
  const common = { position: seal.position(recorded), roomId: roomId(key), at };
  switch (event.type) {
    case 'MessagePosted':
      return { __typename: event.type, ...common, message: postedMessage({ ...recorded, event }) };
    case 'ReactionAdded':
    case 'ReactionRemoved': {
      const { seq, userId, emoji } = event.data;
      return { __typename: event.type, ...common, messageId: messageId(event.data.roomId, seq), userId, emoji };
    }
    case 'MemberJoined':
    case 'MemberLeft':
    case 'MemberErased':
      return { __typename: event.type, ...common, userId: event.data.userId };
    default:
      return null;
  }
}

const SHOWN: ReadonlySet<EventType> = new Set<EventType>(['MessagePosted', 'ReactionAdded', 'ReactionRemoved', 'MemberJoined', 'MemberLeft', 'MemberErased']);

/** False for what is no news to the room: that it was created, and how far each member has read. */
export const isShown = ({ event }: RecordedEvent): boolean => SHOWN.has(event.type);
