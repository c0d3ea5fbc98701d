import { isShown } from '../../events/definitions.js';
import type { ShownEvent } from '../../events/definitions.js';
import type { EventOf, RecordedEvent } from '../../events/event.js';
import { messageId, roomId } from '../../events/ids.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { Notice, RoomUpdate } from '../../engine/fan-out/notice.js';
import { isNotice } from '../../engine/fan-out/notice.js';
import type { RoomHeat } from '../../hot-rooms/heat.js';
import type { OccupancySource } from '../room/occupancy.type.js';
import type { ReactionTotal, RoomNotice } from './room-notice.js';
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
  | (Common & { readonly __typename: 'RoomHeatChanged'; readonly heat: RoomHeat })
  | (Common & { readonly __typename: 'OccupancyChanged'; readonly occupancy: OccupancySource })
  | (Common & {
      readonly __typename: 'MembersChanged';
      readonly joined: number;
      readonly left: number;
      readonly memberCount: number;
    })
  | (Common & {
      readonly __typename: 'ReactionsChanged';
      readonly messageId: string;
      readonly reactions: readonly ReactionTotal[];
    });

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
  if (isNotice(update)) return noticeView(update, services.cursorSigner);
  return isShown(update.event) ? shownEvent(update as RecordedEvent<ShownEvent>, services) : null;
}

function noticeView(notice: Notice, cursorSigner: CursorSigner): RoomEventView {
  const common = { position: cursorSigner.position(notice), roomId: roomId(notice.key), at: notice.at };
  const content = notice.notice as RoomNotice;
  switch (content.type) {
    case 'heat': {
      // Its time is a string where it went through JSON.
      const { heat } = content;
      return {
        __typename: 'RoomHeatChanged',
        ...common,
        heat: { ...heat, until: heat.until && new Date(heat.until) },
      };
    }
    case 'occupancy':
      return {
        __typename: 'OccupancyChanged',
        ...common,
        occupancy: { roomId: common.roomId, connected: content.connected },
      };
    case 'members': {
      const { joined, left, memberCount } = content;
      return { __typename: 'MembersChanged', ...common, joined, left, memberCount };
    }
    case 'reactions':
      return {
        __typename: 'ReactionsChanged',
        ...common,
        messageId: messageId(content.roomId, content.seq),
        reactions: content.reactions,
      };
    default:
      return content satisfies never;
  }
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
