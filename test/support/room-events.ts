import type {
  MemberErased,
  MemberJoined,
  MemberLeft,
  MessagesRead,
} from '../../src/events/membership/membership-events.js';
import type { MessagePosted } from '../../src/events/message/message-events.js';
import type { ReactionAdded, ReactionRemoved } from '../../src/events/reaction/reaction-events.js';
import type { RoomCreated } from '../../src/events/room/room-events.js';
import { userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';

/** One room of tests, and its events. */
export const ROOM = roomId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c01');
export const OTHER_ROOM = roomId('6f1c2b5e-93a0-5c7e-8a51-0d2f4b6a8c02');

export const created = (by: string, title = 'Room'): RoomCreated => ({
  type: 'RoomCreated',
  data: { roomId: ROOM, title, createdBy: userId(by) },
});
export const joined = (user: string, seq = 0): MemberJoined => ({
  type: 'MemberJoined',
  data: { roomId: ROOM, userId: userId(user), seq },
});
export const left = (user: string): MemberLeft => ({
  type: 'MemberLeft',
  data: { roomId: ROOM, userId: userId(user) },
});
export const erased = (user: string): MemberErased => ({
  type: 'MemberErased',
  data: { roomId: ROOM, userId: userId(user) },
});
export const posted = (by: string, seq: number, body = 'hello'): MessagePosted => ({
  type: 'MessagePosted',
  data: { roomId: ROOM, seq, authorId: userId(by), body },
});
export const read = (user: string, seq: number): MessagesRead => ({
  type: 'MessagesRead',
  data: { roomId: ROOM, userId: userId(user), seq },
});
export const reacted = (user: string, seq: number, emoji: string): ReactionAdded => ({
  type: 'ReactionAdded',
  data: { roomId: ROOM, seq, userId: userId(user), emoji },
});
export const unreacted = (user: string, seq: number, emoji: string): ReactionRemoved => ({
  type: 'ReactionRemoved',
  data: { roomId: ROOM, seq, userId: userId(user), emoji },
});
