import type { AnyEvent } from '../engine/domain/event.js';
import type { EventDefinitions } from '../engine/domain/event-definition.js';
import { eventCatalog } from '../engine/domain/event-catalog.js';
import { ERASED_USER } from '../engine/domain/ids.js';
import type { UserId } from '../engine/domain/ids.js';
import type { EventSchema } from '../engine/domain/upcast.js';
import type { DomainEvent, EventOf, EventType } from './event.js';
import type { RoomId } from './ids.js';

/** The aggregates, by the prefix of the ids of their streams. */
export type AggregateName =
  'handle' | 'user' | 'room' | 'membership' | 'reaction' | 'campaign' | 'issuance' | 'gifticon';

/** The read models, by the name of their checkpoints. */
export type ReadModelName =
  'users' | 'rooms' | 'members' | 'timeline' | 'read-positions' | 'campaigns' | 'recent-timeline' | 'unread';

/** The events after which personal data is erased from the record. */
export type ErasingType = 'AccountDeleted' | 'MemberErased' | 'HandleReleased';

export interface MadangNames {
  readonly aggregate: AggregateName;
  readonly readModel: ReadModelName;
  readonly erasing: ErasingType;
}

const first = { version: 1, upcasts: [] } as const satisfies EventSchema;

/** Erased in the user's own stream, and in the rows made from it. */
const untilDeleted = { until: 'AccountDeleted', becomes: '' } as const;
/** Erased in the user's traces in a room. */
const untilErased = { until: 'MemberErased', becomes: '' } as const;
/** Erased in the handle's stream. */
const untilReleased = { until: 'HandleReleased', becomes: '' } as const;

/**
 * Every type of event, with all that the rest of the program has to know of it. Code that shows, withholds, erases or
 * folds events reads this table; there is no other list of types. `test/fixtures/stored-events.json` has a stored event
 * of each type and version.
 */
export const EVENTS = {
  HandleClaimed: {
    schema: first,
    aggregate: 'handle',
    audience: 'nobody',
    access: 'none',
    personal: { handle: untilReleased, userId: { until: 'HandleReleased', becomes: ERASED_USER }, name: untilReleased },
    readModels: [],
  },
  HandleReleased: {
    schema: first,
    aggregate: 'handle',
    audience: 'nobody',
    access: 'none',
    personal: { handleId: 'no', freeAt: 'no' },
    readModels: [],
  },
  UserRegistered: {
    schema: first,
    aggregate: 'user',
    audience: 'nobody',
    access: 'none',
    personal: { userId: 'user', handle: untilDeleted, name: untilDeleted },
    readModels: ['users'],
  },
  AccountDeleted: {
    schema: first,
    aggregate: 'user',
    audience: 'nobody',
    access: 'none',
    erases: true,
    personal: { userId: 'user' },
    readModels: ['users'],
  },
  RoomCreated: {
    schema: first,
    aggregate: 'room',
    audience: 'nobody',
    access: 'none',
    // A title belongs to the room, not to the user who chose it.
    personal: { roomId: 'no', title: 'no', createdBy: 'user' },
    readModels: ['rooms', 'recent-timeline'],
  },
  MemberJoined: {
    schema: first,
    aggregate: 'membership',
    audience: 'subscribers',
    access: 'begins',
    personal: { roomId: 'no', userId: 'user', seq: 'no' },
    readModels: ['rooms', 'members', 'read-positions', 'unread'],
  },
  MemberLeft: {
    schema: first,
    aggregate: 'membership',
    audience: 'subscribers',
    access: 'ends',
    personal: { roomId: 'no', userId: 'user' },
    readModels: ['rooms', 'members', 'read-positions', 'unread'],
  },
  MemberErased: {
    schema: first,
    aggregate: 'membership',
    audience: 'subscribers',
    // A member leaves first. Stated all the same: an erased user must see nothing of the room.
    access: 'ends',
    erases: true,
    personal: { roomId: 'no', userId: 'user' },
    readModels: ['timeline', 'read-positions', 'recent-timeline'],
  },
  MessagePosted: {
    schema: first,
    aggregate: 'room',
    audience: 'subscribers',
    access: 'none',
    personal: { roomId: 'no', seq: 'no', authorId: { until: 'MemberErased', becomes: ERASED_USER }, body: untilErased },
    readModels: ['rooms', 'timeline', 'read-positions', 'recent-timeline', 'unread'],
  },
  ReactionAdded: {
    schema: first,
    aggregate: 'reaction',
    audience: 'subscribers',
    access: 'none',
    personal: { roomId: 'no', seq: 'no', userId: 'user', emoji: 'no' },
    readModels: ['timeline', 'recent-timeline'],
  },
  ReactionRemoved: {
    schema: first,
    aggregate: 'reaction',
    audience: 'subscribers',
    access: 'none',
    personal: { roomId: 'no', seq: 'no', userId: 'user', emoji: 'no' },
    readModels: ['timeline', 'recent-timeline'],
  },
  MessagesRead: {
    schema: first,
    aggregate: 'membership',
    audience: 'nobody',
    access: 'none',
    personal: { roomId: 'no', userId: 'user', seq: 'no' },
    readModels: ['read-positions', 'unread'],
  },
  GifticonCampaignCreated: {
    schema: first,
    aggregate: 'campaign',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', title: 'no', stock: 'no', opensAt: 'no', closesAt: 'no', createdBy: 'user' },
    readModels: ['campaigns'],
  },
  GifticonCodesLoaded: {
    schema: first,
    aggregate: 'campaign',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', first: 'no', count: 'no' },
    readModels: ['campaigns'],
  },
  GifticonCampaignPaused: {
    schema: first,
    aggregate: 'campaign',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', userId: 'user' },
    readModels: ['campaigns'],
  },
  GifticonCampaignResumed: {
    schema: first,
    aggregate: 'campaign',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', userId: 'user' },
    readModels: ['campaigns'],
  },
  GifticonRequested: {
    schema: first,
    aggregate: 'gifticon',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', userId: 'user', requestId: 'no' },
    // A late request changes no read model, and every other one is followed by GifticonIssued.
    readModels: [],
  },
  GifticonIssued: {
    schema: first,
    aggregate: 'issuance',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no', userId: 'user', requestId: 'no', nth: 'no' },
    readModels: ['campaigns'],
  },
  GifticonsSoldOut: {
    schema: first,
    aggregate: 'issuance',
    audience: 'nobody',
    access: 'none',
    personal: { campaignId: 'no' },
    readModels: ['campaigns'],
  },
} as const satisfies EventDefinitions<DomainEvent, MadangNames>;

type Events = typeof EVENTS;

/** The engine's view of these events. */
export const MADANG_EVENTS = eventCatalog(EVENTS);

/** All known types. */
export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];

/** The events that subscribers of a room see. */
export type ShownEvent = {
  [T in EventType]: Events[T]['audience'] extends 'subscribers' ? EventOf<T> : never;
}[EventType];

/** The events in the streams of an aggregate. */
export type EventsOf<A extends AggregateName> = {
  [T in EventType]: Events[T]['aggregate'] extends A ? EventOf<T> : never;
}[EventType];

/** The events that a read model folds. */
export type FoldedBy<M extends ReadModelName> = {
  [T in EventType]: M extends Events[T]['readModels'][number] ? EventOf<T> : never;
}[EventType];

export const typesFoldedBy = (model: ReadModelName): readonly EventType[] =>
  EVENT_TYPES.filter((type) => (EVENTS[type].readModels as readonly ReadModelName[]).includes(model));

export const isShown = (event: AnyEvent): event is ShownEvent => MADANG_EVENTS.isShown(event);

/** The membership that an event begins or ends; null for an event that does neither. */
export interface MembershipChange {
  readonly effect: 'begins' | 'ends';
  readonly roomId: RoomId;
  readonly userId: UserId;
}

export function membershipChange(event: AnyEvent): MembershipChange | null {
  const change = MADANG_EVENTS.accessChange(event);
  return change && { ...change, roomId: (event.data as Pick<MembershipChange, 'roomId'>).roomId };
}

/** The types of events that begin or end a membership. */
export const typesThat = (effect: 'begins' | 'ends'): readonly EventType[] =>
  EVENT_TYPES.filter((type) => EVENTS[type].access === effect);
