import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../ids.js';

export interface ReactionAdded {
  readonly type: 'ReactionAdded';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly userId: UserId; readonly emoji: string };
}

export interface ReactionRemoved {
  readonly type: 'ReactionRemoved';
  readonly data: { readonly roomId: RoomId; readonly seq: number; readonly userId: UserId; readonly emoji: string };
}

export type ReactionEvent = ReactionAdded | ReactionRemoved;
