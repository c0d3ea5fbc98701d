import { randomUUID } from 'node:crypto';
import type { DomainEvent } from '../../src/events/event.js';
import type { UserId } from '../../src/engine/domain/ids.js';
import type { RoomId } from '../../src/events/ids.js';
import { userId } from '../../src/engine/domain/ids.js';
import { roomId } from '../../src/events/ids.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';
import type { EventLog } from './event-log.js';
import { keyOfEvent } from './given.js';

/** Rooms in which people talk, up to the last call of `next`: valid events, in the order of each room. */
export interface Chat {
  /** So many more events, by partition. */
  next(count: number): readonly (readonly DomainEvent[])[];
}

interface Room {
  readonly id: RoomId;
  readonly members: UserId[];
  readonly reactions: Set<string>;
  last: number;
}

const EMOJIS = ['👍', '🎉', ':parrot:'];

export function createChat({
  partitions,
  rooms: roomCount = 12,
  users: userCount = 20,
  seed = 1,
}: {
  partitions: number;
  rooms?: number;
  users?: number;
  seed?: number;
}): Chat {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const users = Array.from({ length: userCount }, (_, n) => userId(`user-${n}`));
  const rooms: readonly Room[] = Array.from({ length: roomCount }, () => ({
    id: roomId(randomUUID()),
    members: [],
    reactions: new Set(),
    last: 0,
  }));
  const opening: DomainEvent[] = [
    ...users.map((id, n): DomainEvent => ({
      type: 'UserRegistered',
      data: { userId: id, handle: `handle-${n}`, name: `User ${n}` },
    })),
    ...rooms.map(({ id }, n): DomainEvent => ({
      type: 'RoomCreated',
      data: { roomId: id, title: `Room ${n}`, createdBy: users[0]! },
    })),
  ];

  const happen = (): DomainEvent => {
    const room = rooms[random(rooms.length)]!;
    const outside = users.filter((user) => !room.members.includes(user));
    if (room.members.length < 2 || (outside.length > 0 && random(20) === 0)) {
      const user = outside[random(outside.length)]!;
      room.members.push(user);
      return { type: 'MemberJoined', data: { roomId: room.id, userId: user, seq: room.last } };
    }
    const [user] = room.members.splice(random(room.members.length), 1) as [UserId];
    if (room.members.length > 2 && random(40) === 0)
      return { type: 'MemberLeft', data: { roomId: room.id, userId: user } };
    room.members.push(user);
    if (room.last > 0 && random(4) === 0) {
      const data = {
        roomId: room.id,
        seq: Math.max(1, room.last - random(10)),
        userId: user,
        emoji: EMOJIS[random(EMOJIS.length)]!,
      };
      const key = `${data.seq} ${user} ${data.emoji}`;
      if (room.reactions.delete(key)) return { type: 'ReactionRemoved', data };
      room.reactions.add(key);
      return { type: 'ReactionAdded', data };
    }
    if (room.last > 0 && random(6) === 0)
      return { type: 'MessagesRead', data: { roomId: room.id, userId: user, seq: room.last } };
    room.last++;
    return {
      type: 'MessagePosted',
      data: {
        roomId: room.id,
        seq: room.last,
        authorId: user,
        body: `message ${room.last}, ${'word '.repeat(random(12))}`,
      },
    };
  };

  return {
    next(count) {
      const events = opening.splice(0, count);
      while (events.length < count) events.push(happen());
      return Array.from({ length: partitions }, (_, partition) =>
        events.filter((event) => partitionOf(keyOfEvent(event), partitions) === partition),
      );
    },
  };
}

/** Stores so many more events, and publishes them. */
export async function talk(log: EventLog, chat: Chat, count: number, batch = 1_000): Promise<void> {
  for (let rest = count; rest > 0; rest -= batch) {
    const events = chat.next(Math.min(batch, rest));
    for (const [partition, of] of events.entries()) if (of.length > 0) await log.write(partition, of);
  }
}
