import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

/** `seq`: the room's last message when the member joined. What came before does not count as unread. */
export interface MemberJoined {
  readonly type: 'MemberJoined';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId; readonly seq: number };
}

export interface MemberLeft {
  readonly type: 'MemberLeft';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId };
}

/**
 * The user's account was deleted: of every message of theirs in the room body and author are gone, and so are their
 * reactions. Nothing of them follows in this room. A member leaves first.
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
