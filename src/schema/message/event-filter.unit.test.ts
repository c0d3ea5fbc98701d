import type { DomainEvent } from '../../events/event.js';
import { position, traceId, userId } from '../../engine/domain/ids.js';
import type { RoomUpdate } from '../../engine/fan-out/notice.js';
import { roomId } from '../../events/ids.js';
import type { EventFilter } from './event-filter.js';
import { audienceOf } from './event-filter.js';
import { RoomEventKind } from './room-event-kind.type.js';
import type { RoomEventKindValue } from './room-event-kind.type.js';
import type { RoomNotice } from './room-notice.js';

const [ROOM, ANN] = [roomId('r'), userId('ann')];
const ONLY_ANN = { only: ANN };
const reaction = { roomId: ROOM, seq: 1, userId: ANN, emoji: 'x' };
const member = { roomId: ROOM, userId: ANN };

const EVENTS = {
  MessagePosted: { type: 'MessagePosted', data: { roomId: ROOM, seq: 1, authorId: ANN, body: '' } },
  ReactionAdded: { type: 'ReactionAdded', data: reaction },
  ReactionRemoved: { type: 'ReactionRemoved', data: reaction },
  MemberJoined: { type: 'MemberJoined', data: { ...member, seq: 0 } },
  MemberLeft: { type: 'MemberLeft', data: member },
  MemberErased: { type: 'MemberErased', data: member },
  MessagesRead: { type: 'MessagesRead', data: { ...member, seq: 1 } },
} as const satisfies Readonly<Record<string, DomainEvent>>;
const NOTICES = {
  heat: { type: 'heat', heat: {} as never },
  occupancy: { type: 'occupancy', connected: 3 },
  members: { type: 'members', joined: 1, left: 0, memberCount: 300 },
  reactions: { type: 'reactions', roomId: ROOM, seq: 1, reactions: [] },
} as const satisfies Readonly<Record<string, RoomNotice>>;

const updates: readonly (readonly [string, RoomUpdate])[] = [
  ...Object.entries(EVENTS).map(([name, event]) => [name, { event } as unknown as RoomUpdate] as const),
  ...Object.entries(NOTICES).map(
    ([name, notice]) =>
      [
        name,
        { key: ROOM, partition: 0, position: position(1), traceId: traceId('t'), at: new Date(0), notice },
      ] as const,
  ),
];
const shown = (kinds: readonly RoomEventKindValue[] | null, { summarise = false, large = false } = {}) => {
  const filter: EventFilter = { kinds: kinds && new Set(kinds), summarise };
  return Object.fromEntries(updates.map(([name, update]) => [name, audienceOf(update, filter, () => large)]));
};

const nobody = Object.fromEntries(updates.map(([name]) => [name, 'nobody']));
/** These come with any filter. */
const always = { ...nobody, MemberErased: 'everyone', MemberLeft: ONLY_ANN };

test('without kinds everything that is stored comes, and heat', () => {
  const everything = {
    ...always,
    MessagePosted: 'everyone',
    ReactionAdded: 'everyone',
    ReactionRemoved: 'everyone',
    MemberJoined: 'everyone',
    MemberLeft: 'everyone',
    heat: 'everyone',
  };
  expect(shown(null)).toEqual(everything);
  expect(shown(null, { large: true })).toEqual(everything);
  expect(shown(Object.keys(RoomEventKind) as RoomEventKindValue[])).toEqual({ ...everything, occupancy: 'everyone' });
});

test.each<readonly [readonly RoomEventKindValue[], object]>([
  [[], {}],
  [['MESSAGES'], { MessagePosted: 'everyone' }],
  [['REACTIONS'], { ReactionAdded: 'everyone', ReactionRemoved: 'everyone' }],
  [['MEMBERS'], { MemberJoined: 'everyone', MemberLeft: 'everyone' }],
  [['HEAT'], { heat: 'everyone' }],
  [['OCCUPANCY'], { occupancy: 'everyone' }],
  [['ROOM', 'TYPING'], {}],
])('of kinds %j, only these come, and what always does', (kinds, more) => {
  expect(shown(kinds)).toEqual({ ...always, ...more });
});

test('sums take the place of single events in a large room, but for one’s own', () => {
  expect(shown(null, { summarise: true, large: true })).toEqual({
    ...always,
    MessagePosted: 'everyone',
    ReactionAdded: ONLY_ANN,
    ReactionRemoved: ONLY_ANN,
    MemberJoined: ONLY_ANN,
    heat: 'everyone',
    members: 'everyone',
    reactions: 'everyone',
  });
  expect(shown(['MESSAGES'], { summarise: true, large: true })).toEqual({ ...always, MessagePosted: 'everyone' });
  expect(shown(['MEMBERS'], { summarise: true, large: true })).toEqual({
    ...always,
    MemberJoined: ONLY_ANN,
    members: 'everyone',
  });
});

test('in a room that is not large, single events come also with sums', () => {
  expect(shown(null, { summarise: true })).toMatchObject({
    ReactionAdded: 'everyone',
    MemberJoined: 'everyone',
    MemberLeft: 'everyone',
  });
});
