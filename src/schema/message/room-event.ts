import { isShown } from '../../events/definitions.js';
import type { ShownEvent } from '../../events/definitions.js';
import type { RecordedEvent } from '../../events/event.js';
import { messageId, roomId } from '../../events/ids.js';
import type { Notice, RoomUpdate } from '../../engine/fan-out/notice.js';
import { isNotice } from '../../engine/fan-out/notice.js';
import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import type { RememberedUsers } from '../../projections/user/remembered-users.js';
import type { RoomHeat } from '../../hot-rooms/heat.js';
import type { OccupancySource } from '../room/occupancy.type.js';
import type { RoomEvent } from './room-event.type.js';
import type { ReactionTotal, RoomNotice } from './room-notice.js';
import { shownAs } from './shown-events.js';

/** An event of a room as subscribers see it, with the fields of its own type. */
export type RoomEventView = RoomEvent & { readonly __typename: string };

type NoticeView = RoomEvent &
  (
    | { readonly __typename: 'RoomHeatChanged'; readonly heat: RoomHeat }
    | { readonly __typename: 'OccupancyChanged'; readonly occupancy: OccupancySource }
    | {
        readonly __typename: 'MembersChanged';
        readonly joined: number;
        readonly left: number;
        readonly memberCount: number;
      }
    | {
        readonly __typename: 'ReactionsChanged';
        readonly messageId: string;
        readonly reactions: readonly ReactionTotal[];
      }
  );

type Asked = {
  readonly cursorSigner: CursorSigner;
  readonly queries: { readonly users: Pick<RememberedUsers, 'isDeleted'> };
};

/** Null for an event that subscribers do not see. */
export function roomEventView(update: RoomUpdate, services: Asked): RoomEventView | null {
  if (isNotice(update)) return noticeView(update, services.cursorSigner);
  return isShown(update.event) ? eventView(update as RecordedEvent<ShownEvent>, services) : null;
}

function noticeView(notice: Notice, cursorSigner: CursorSigner): NoticeView {
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

function eventView(recorded: RecordedEvent<ShownEvent>, { cursorSigner, queries }: Asked): RoomEventView {
  const { event, at, key } = recorded;
  const common = { position: cursorSigner.position(recorded), roomId: roomId(key), at };
  return { __typename: event.type, ...common, ...(shownAs(event).view(recorded, queries) as object) };
}
