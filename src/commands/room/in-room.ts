import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { membershipStream } from '../membership/state.js';
import { roomStream } from './state.js';

/** The streams that a command of a user in a room reads: the room, and the user's membership of it. */
export const inRoom = ({ roomId }: { readonly roomId: RoomId }, { userId }: { readonly userId: UserId }) => ({
  room: roomStream(roomId),
  membership: membershipStream(roomId, userId),
});
