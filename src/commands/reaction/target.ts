import { z } from 'zod';
import type { UserId } from '../../engine/domain/ids.js';
import { parseMessageId } from '../../events/ids.js';
import type { MembershipState } from '../membership/state.js';
import { notAMember } from '../membership/state.js';
import type { RejectionCode } from '../rejections.js';
import { inRoom } from '../room/in-room.js';
import type { RoomState } from '../room/state.js';
import { emoji, messageIdText, roomIdText } from '../text.js';
import { paletteStream } from './palette.js';
import { reactionStream } from './state.js';

// The common part of adding and removing a reaction: the data, the streams that are read, and the refusals.

export const reactionSchema = z.strictObject({ roomId: roomIdText, messageId: messageIdText, emoji });
type ReactionData = z.output<typeof reactionSchema>;

/** The message's number in the command's room. 0, which no message has, where the id is of no message in that room. */
export function targetSeq(data: ReactionData): number {
  const parsed = parseMessageId(data.messageId);
  return parsed?.roomId === data.roomId ? parsed.seq : 0;
}

export const reactionReads = (data: ReactionData, { userId }: { readonly userId: UserId }) => ({
  ...inRoom(data, { userId }),
  // With number 0 these are streams that never have events.
  palette: paletteStream(data.roomId, targetSeq(data)),
  reaction: reactionStream(data.roomId, targetSeq(data), userId),
});

/** The reason for refusing a reaction here. Membership is checked first: strangers learn nothing about messages. */
export function targetRefusal(
  seq: number,
  states: { readonly room: RoomState; readonly membership: MembershipState },
): RejectionCode | null {
  if (states.room.status !== 'open') return 'ROOM_NOT_FOUND';
  if (states.membership.status !== 'member') return notAMember(states.membership);
  return seq < 1 || seq > states.room.lastSeq ? 'MESSAGE_NOT_FOUND' : null;
}
