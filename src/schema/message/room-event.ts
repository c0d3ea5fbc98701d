import { isShown } from '../../events/definitions.js';
import type { ShownEvent } from '../../events/definitions.js';
import type { EventOf, RecordedEvent } from '../../events/event.js';
import { messageId, roomId } from '../../events/ids.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { Notice, RoomUpdate } from '../../engine/fan-out/notice.js';
import { isNotice } from '../../engine/fan-out/notice.js';
import type { RoomHeat } from '../../hot-rooms/heat.js';
import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import { erasedIfDeleted } from '../../projections/message/erased-messages.js';
import type { RememberedUsers } from '../../projections/user/remembered-users.js';
import type { TimelineMessage } from '../../projections/message/timeline/query.js';

interface Common {
  readonly position: string;
  readonly roomId: string;
  readonly at: Date;
}

/** An event of a room as subscribers see it. */
export type RoomEventView =
  | (Common & { readonly __typename: 'MessagePosted'; readonly message: TimelineMessage })
  | (Common & {
      readonly __typename: 'ReactionAdded' | 'ReactionRemoved';
      readonly messageId: string;
      readonly userId: UserId;
      readonly emoji: string;
    })
  | (Common & { readonly __typename: 'MemberJoined' | 'MemberLeft' | 'MemberErased'; readonly userId: UserId })
  | (Common & { readonly __typename: 'RoomHeatChanged'; readonly heat: RoomHeat });

/** The message as it was posted, before any reaction. */
export function postedMessage({ event: { data }, at }: RecordedEvent<EventOf<'MessagePosted'>>): TimelineMessage {
  const { roomId, seq, authorId, body } = data;
  return { id: messageId(roomId, seq), roomId, seq, authorId, body, createdAt: at, reactions: [] };
}

type Knowing = {
  readonly cursorSigner: CursorSigner;
  readonly queries: { readonly users: Pick<RememberedUsers, 'isDeleted'> };
};

/** Null for an event that subscribers do not see. */
export function roomEventView(update: RoomUpdate, services: Knowing): RoomEventView | null {
  if (isNotice(update)) return heatChanged(update, services.cursorSigner);
  return isShown(update.event) ? shownEvent(update as RecordedEvent<ShownEvent>, services) : null;
}

/** RoomHeatChanged is the only notice. Its time is a string where it went through JSON. */
function heatChanged(notice: Notice, cursorSigner: CursorSigner): RoomEventView {
  const { at } = notice;
  const heat = notice.notice as RoomHeat;
  return {
    __typename: 'RoomHeatChanged',
    position: cursorSigner.position(notice),
    roomId: roomId(notice.key),
    at,
    heat: { ...heat, until: heat.until && new Date(heat.until) },
  };
}

function shownEvent(recorded: RecordedEvent<ShownEvent>, { cursorSigner, queries }: Knowing): RoomEventView {
  const { event, at, key } = recorded;
  const common = { position: cursorSigner.position(recorded), roomId: roomId(key), at };
  switch (event.type) {
    case 'MessagePosted':
      return {
        __typename: event.type,
        ...common,
        message: erasedIfDeleted(postedMessage({ ...recorded, event }), queries.users),
      };
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
      return event satisfies never;
  }
}
