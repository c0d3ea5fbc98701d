import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

/** `seq`: the room's last message when the member joined. Earlier messages do not count as unread. */
export interface MemberJoined {
  readonly type: 'MemberJoined';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId; readonly seq: number };
}

export interface MemberLeft {
  readonly type: 'MemberLeft';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId };
}

/**
 * The user's account was deleted: the bodies and the author of the user's messages in the room are erased, and so are
 * the user's reactions. No event of the user follows in this room. A member leaves first.
 */
export interface MemberErased {
  readonly type: 'MemberErased';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId };
}

export interface MessagesRead {
  readonly type: 'MessagesRead';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId; readonly seq: number };
}

export type MembershipEvent = MemberJoined | MemberLeft | MemberErased | MessagesRead;
