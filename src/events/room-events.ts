import type { UserId } from '../engine/domain/ids.js';
import type { RoomId } from './ids.js';

export interface RoomCreated {
  readonly type: 'RoomCreated';
  readonly data: { readonly roomId: RoomId; readonly title: string; readonly createdBy: UserId };
}

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

/**
 * `seq`: 1, 2, 3 … within the room. The author has read up to it by posting it. Once erased, the author is ERASED_USER
 * and the body ''.
 */
export interface MessagePosted {
  readonly type: 'MessagePosted';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly authorId: UserId; readonly body: string };
}

export interface ReactionAdded {
  readonly type: 'ReactionAdded';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly userId: UserId; readonly emoji: string };
}

export interface ReactionRemoved {
  readonly type: 'ReactionRemoved';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly userId: UserId; readonly emoji: string };
}

export interface MessagesRead {
  readonly type: 'MessagesRead';
  readonly data: { readonly roomId: RoomId; readonly userId: UserId; readonly seq: number };
}

export type RoomEvent =
  | RoomCreated
  | MemberJoined
  | MemberLeft
  | MemberErased
  | MessagePosted
  | ReactionAdded
  | ReactionRemoved
  | MessagesRead;
