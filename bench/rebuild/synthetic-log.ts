import { derivedId, newCommandId } from '../../src/engine/domain/command-id.js';
import type { StreamRef } from '../../src/engine/domain/decide.js';
import { campaignStream } from '../../src/commands/gifticon/campaign.js';
import { firstRequestStream } from '../../src/commands/gifticon/first-request.js';
import { issuanceStream } from '../../src/commands/gifticon/issuance.js';
import { handleStream } from '../../src/commands/user/handle-state.js';
import { membershipStream } from '../../src/commands/membership/state.js';
import { reactionStream } from '../../src/commands/reaction/state.js';
import { roomStream } from '../../src/commands/room/state.js';
import { userStream } from '../../src/commands/user/state.js';
import type { DomainEvent } from '../../src/events/event.js';
import type { CommandId, StreamId, UserId } from '../../src/engine/domain/ids.js';
import type { RoomId } from '../../src/events/ids.js';
import { userId } from '../../src/engine/domain/ids.js';
import { campaignId, roomId } from '../../src/events/ids.js';
import { partitionOf } from '../../src/engine/log/partitioning.js';

/*
 * A synthetic log: users, rooms whose members post, react, read, leave and come back, and a campaign. Everything
 * follows from the numbers of room, member and message, so that a reader of an answer knows its right value.
 *
 * A room's life: it is created, its members join, and then it goes round: seven messages, two reactions to the first of
 * them, and a member who reads, leaves or comes back.
 */

/** One event with its place in its stream; its position follows from the order. */
export interface SyntheticEvent {
  readonly key: string;
  readonly stream: StreamId;
  readonly version: number;
  readonly event: DomainEvent;
  readonly commandId: CommandId;
}

export interface SyntheticRoom {
  readonly id: RoomId;
  readonly index: number;
  lastSeq: number;
  memberCount: number;
}

export const MEMBERS = 40;
/** The last member only reads, and the one before leaves and comes back: the others post, react and read. */
const ACTIVE = MEMBERS - 2;
const MESSAGES_A_ROUND = 7;
const EMOJIS = ['👍', '❤️', '😂', '🎉'];
const GIFTICONS = 1_000;
/** A partition's room number u² gets the turn, u even: a few rooms become large, many stay small. */
const ROOM_EVENTS = 4_000;

const memo = <T>(make: (index: number) => T): ((index: number) => T) => {
  const known: T[] = [];
  return (index) => (known[index] ??= make(index));
};
const idOfUser = memo((index) => userId(derivedId('rebuild user', String(index))));

export const handleOf = (user: number): string => `user-${user}`;
export const bodyOf = (room: number, seq: number): string =>
  `message ${seq} of room ${room}: about as long as what people write in most rooms on most ` +
  `days, and sometimes ${'longer '.repeat((room + seq) % 7)}`;

/** The numbers of users and rooms for a log of this length. */
export function castOf(events: number) {
  const users = Math.max(MEMBERS, Math.floor(events / 100));
  return { users, rooms: Math.max(12, Math.floor(events / ROOM_EVENTS)) };
}

/** The number of the user who is this member of the room. */
const userAt = (room: number, member: number, users: number): number => (room * MEMBERS + member) % users;
export const memberOf = (room: number, member: number, users: number): UserId => idOfUser(userAt(room, member, users));
/** The member who only reads: has no read mark and no message. */
export const ONLOOKER = MEMBERS - 1;

const authorAt = (room: number, seq: number): number => (room + seq * 7) % ACTIVE;

/** The expected answer for a message that is more than a round old. */
export function expectedMessage(room: number, seq: number, users: number) {
  const round = Math.floor((seq - 1) / MESSAGES_A_ROUND);
  const reacted = (seq - 1) % MESSAGES_A_ROUND === 0 && !takenBack(round);
  return {
    seq,
    body: bodyOf(room, seq),
    author: { handle: handleOf(userAt(room, authorAt(room, seq), users)) },
    reactions: reacted ? [{ emoji: EMOJIS[round % EMOJIS.length]!, count: 2 }] : [],
  };
}

const takenBack = (round: number): boolean => round % 5 === 4;

/** Rooms of the deployment, the same number in each partition. */
export function syntheticRooms(events: number, partitions: number): readonly SyntheticRoom[] {
  return Array.from({ length: castOf(events).rooms }, (_, index) => {
    for (let tries = 0; ; tries++) {
      const id = roomId(derivedId('rebuild room', String(index), String(tries)));
      if (partitionOf(id, partitions) === index % partitions) return { id, index, lastSeq: 0, memberCount: 0 };
    }
  });
}

/** The events of one partition, in order, as many as asked for. Updates `rooms` on the way. */
export function* syntheticLog(
  partition: number,
  partitions: number,
  events: number,
  count: number,
  rooms: readonly SyntheticRoom[],
): Generator<SyntheticEvent> {
  const { users } = castOf(events);
  let made = 0;
  for (const each of others(partition, partitions, users)) {
    yield each;
    if (++made === count) return;
  }
  const lives = rooms.filter(({ index }) => index % partitions === partition).map((room) => lifeOf(room, users));
  for (const random = randomFrom(partition + 1); made < count; made++)
    yield lives[Math.floor(lives.length * random() ** 2)]!.next().value;
}

/** Users, and a campaign, whose keys belong to the partition. */
function* others(partition: number, partitions: number, users: number): Generator<SyntheticEvent> {
  const isHere = (key: string): boolean => partitionOf(key, partitions) === partition;
  for (let index = 0; index < users; index++) {
    const data = { userId: idOfUser(index), handle: handleOf(index), name: `User ${index}` };
    if (isHere(data.handle)) yield only(data.handle, handleStream(data.handle), { type: 'HandleClaimed', data });
    if (isHere(data.userId)) yield only(data.userId, userStream(data.userId), { type: 'UserRegistered', data });
  }
  const id = campaignId(derivedId('rebuild campaign'));
  if (!isHere(id)) return;
  const created = {
    campaignId: id,
    title: 'Coffee for the first',
    stock: GIFTICONS,
    opensAt: BEGUN.toISOString(),
    closesAt: null,
    createdBy: idOfUser(0),
  };
  yield only(id, campaignStream(id), { type: 'GifticonCampaignCreated', data: created });
  for (let nth = 1; nth <= Math.min(GIFTICONS, users); nth++) {
    const requestId = newCommandId();
    const data = { campaignId: id, userId: idOfUser(nth - 1), requestId };
    yield {
      key: id,
      stream: firstRequestStream(id, data.userId).id,
      version: 1,
      event: { type: 'GifticonRequested', data },
      commandId: requestId,
    };
    yield {
      key: id,
      stream: issuanceStream(id).id,
      version: nth,
      event: { type: 'GifticonIssued', data: { ...data, nth } },
      commandId: requestId,
    };
  }
}

const only = (key: string, stream: StreamRef<unknown>, event: DomainEvent): SyntheticEvent => ({
  key,
  stream: stream.id,
  version: 1,
  event,
  commandId: newCommandId(),
});

/** The time of the first event. */
export const BEGUN = new Date('2026-01-01T00:00:00.000Z');

function* lifeOf(room: SyntheticRoom, users: number): Generator<SyntheticEvent, never> {
  const { id, index } = room;
  const member = (n: number): UserId => memberOf(index, n, users);
  const versions = new Map<StreamId, number>();
  const streams = {
    room: roomStream(id).id,
    memberships: Array.from({ length: MEMBERS }, (_, n) => membershipStream(id, member(n)).id),
  };
  const next = (stream: StreamId): number => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    return version;
  };
  const recorded = (stream: StreamId, event: DomainEvent, commandId = newCommandId()): SyntheticEvent => ({
    key: id,
    stream,
    version: next(stream),
    event,
    commandId,
  });
  const join = (n: number, commandId = newCommandId()): SyntheticEvent => {
    room.memberCount++;
    return recorded(
      streams.memberships[n]!,
      { type: 'MemberJoined', data: { roomId: id, userId: member(n), seq: room.lastSeq } },
      commandId,
    );
  };

  const founding = newCommandId();
  yield recorded(
    streams.room,
    { type: 'RoomCreated', data: { roomId: id, title: `Room ${index}`, createdBy: member(0) } },
    founding,
  );
  yield join(0, founding);
  for (let n = 1; n < MEMBERS; n++) yield join(n);
  for (let round = 0, away = false; ; round++) {
    const first = room.lastSeq + 1;
    for (let n = 0; n < MESSAGES_A_ROUND; n++) {
      const seq = ++room.lastSeq;
      yield recorded(streams.room, {
        type: 'MessagePosted',
        data: { roomId: id, seq, authorId: member(authorAt(index, seq)), body: bodyOf(index, seq) },
      });
    }
    const emoji = EMOJIS[round % EMOJIS.length]!;
    const one = { roomId: id, seq: first, userId: member(round % ACTIVE), emoji };
    const other = { ...one, userId: member((round + 1) % ACTIVE) };
    const stream = reactionStream(id, first, one.userId).id;
    yield { key: id, stream, version: 1, event: { type: 'ReactionAdded', data: one }, commandId: newCommandId() };
    yield takenBack(round)
      ? { key: id, stream, version: 2, event: { type: 'ReactionRemoved', data: one }, commandId: newCommandId() }
      : {
          key: id,
          stream: reactionStream(id, first, other.userId).id,
          version: 1,
          event: { type: 'ReactionAdded', data: other },
          commandId: newCommandId(),
        };
    const wanderer = MEMBERS - 2;
    if (round % 25 !== 24) {
      const reader = (round * 3) % ACTIVE;
      yield recorded(streams.memberships[reader]!, {
        type: 'MessagesRead',
        data: { roomId: id, userId: member(reader), seq: room.lastSeq },
      });
    } else if (away) {
      yield join(wanderer);
      away = false;
    } else {
      room.memberCount--;
      yield recorded(streams.memberships[wanderer]!, {
        type: 'MemberLeft',
        data: { roomId: id, userId: member(wanderer) },
      });
      away = true;
    }
  }
}

/** Mulberry32: the same numbers in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
