import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

/**
 * `seq`: 1, 2, 3 … within the room. Posting also moves the author's read mark to it. Once erased, the author is
 * ERASED_USER and the body ''.
 */
export interface MessagePosted {
  readonly type: 'MessagePosted';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly authorId: UserId; readonly body: string };
}

export type MessageEvent = MessagePosted;
