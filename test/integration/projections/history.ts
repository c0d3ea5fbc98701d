import fc from 'fast-check';
import type { DomainEvent } from '../../../src/events/event.js';
import type { RoomId } from '../../../src/events/ids.js';
import { userId } from '../../../src/engine/domain/ids.js';
import { OTHER_ROOM, ROOM } from '../../support/room-events.js';

export const USERS = ['ann', 'ben', 'eve'].map(userId);
export const ROOMS = [ROOM, OTHER_ROOM];

export interface Step {
  readonly what: 'join' | 'leave' | 'post' | 'read' | 'react' | 'unreact' | 'erase';
  readonly room: RoomId;
  readonly user: (typeof USERS)[number];
  /** The number of messages, or the distance from the last one. */
  readonly amount: number;
  readonly emoji: string;
}

export const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom('join' as const, 'leave', 'post', 'post', 'read', 'react', 'react', 'unreact'),
    },
    { weight: 1, arbitrary: fc.constant('erase' as const) },
  ),
  room: fc.constantFrom(...ROOMS),
  user: fc.constantFrom(...USERS),
  // Mostly few; at times enough to push messages out of Redis.
  amount: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) },
    { weight: 1, arbitrary: fc.integer({ min: 60, max: 230 }) },
  ),
  emoji: fc.constantFrom('👍', '🎉', ':parrot:'),
});

/** The events of these steps, where each is accepted only if it is possible. */
export function history(steps: readonly Step[]): readonly DomainEvent[] {
  const events: DomainEvent[] = [];
  const last = new Map<RoomId, number>(ROOMS.map((room) => [room, 0]));
  const members = new Set<string>();
  const reactions = new Set<string>();
  const erased = new Set<string>();
  for (const roomId of ROOMS)
    events.push({ type: 'RoomCreated', data: { roomId, title: 'Room', createdBy: USERS[0]! } });
  for (const { what, room, user, amount, emoji } of steps) {
    const member = `${room} ${user}`;
    const seq = Math.max(0, last.get(room)! - amount + 1);
    const reaction = `${member} ${seq} ${emoji}`;
    if (erased.has(member)) continue;
    if (what === 'erase') {
      if (members.delete(member)) events.push({ type: 'MemberLeft', data: { roomId: room, userId: user } });
      erased.add(member);
      events.push({ type: 'MemberErased', data: { roomId: room, userId: user } });
    }
    if (what === 'join' && !members.has(member)) {
      members.add(member);
      events.push({ type: 'MemberJoined', data: { roomId: room, userId: user, seq: last.get(room)! } });
    }
    if (!members.has(member)) continue;
    if (what === 'leave') {
      members.delete(member);
      events.push({ type: 'MemberLeft', data: { roomId: room, userId: user } });
    }
    for (let n = 0; what === 'post' && n < amount; n++) {
      last.set(room, last.get(room)! + 1);
      events.push({
        type: 'MessagePosted',
        data: { roomId: room, seq: last.get(room)!, authorId: user, body: `from ${user}` },
      });
    }
    if (seq === 0) continue;
    if (what === 'read') events.push({ type: 'MessagesRead', data: { roomId: room, userId: user, seq } });
    if (what === 'react' && !reactions.has(reaction)) {
      reactions.add(reaction);
      events.push({ type: 'ReactionAdded', data: { roomId: room, seq, userId: user, emoji } });
    }
    if (what === 'unreact' && reactions.delete(reaction)) {
      events.push({ type: 'ReactionRemoved', data: { roomId: room, seq, userId: user, emoji } });
    }
  }
  return events;
}
