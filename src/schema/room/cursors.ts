import type { RoomId } from '../../events/ids.js';
import { userId } from '../../engine/domain/ids.js';
import type { CursorSigner } from '../../engine/gateway/signed-cursor.js';
import type { MemberCursor } from '../../projections/membership/members/query.js';
import type { RoomCursor } from '../../projections/room/rooms/query.js';
import { roomId } from '../../events/ids.js';
import type { Cursors } from '../pagination/cursors.js';
import { cursorsOf } from '../pagination/cursors.js';

// A place holds every field that the list is ordered by, so that it stays valid when its row is gone.

export const roomCursors = (cursorSigner: CursorSigner): Cursors<RoomCursor> =>
  cursorsOf(
    cursorSigner,
    'rooms',
    ({ createdAt, id }) => `${createdAt.getTime()} ${id}`,
    (text) => {
      const [time, id] = split(text);
      return { createdAt: new Date(time), id: roomId(id) };
    },
  );

export const memberCursors = (cursorSigner: CursorSigner, room: RoomId): Cursors<MemberCursor> =>
  cursorsOf(
    cursorSigner,
    `members ${room}`,
    ({ joinedAt, userId }) => `${joinedAt.getTime()} ${userId}`,
    (text) => {
      const [time, id] = split(text);
      return { joinedAt: new Date(time), userId: userId(id) };
    },
  );

function split(text: string): [number, string] {
  const space = text.indexOf(' ');
  return [Number(text.slice(0, space)), text.slice(space + 1)];
}
