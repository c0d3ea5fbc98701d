import type { DomainEvent, EventOf, EventType } from '../engine/domain/event.js';
import type { AggregateName, ErasingType, EventDefinitions, ReadModelName } from '../engine/domain/event-definition.js';
import type { RoomId, UserId } from '../engine/domain/ids.js';
import { ERASED_USER } from '../engine/domain/ids.js';
import type { EventSchema } from '../engine/domain/upcast.js';

const first = { version: 1, upcasts: [] } as const satisfies EventSchema;

/** Taken out of the user's own stream, and of the rows made from it. */
const untilDeleted = { until: 'AccountDeleted', becomes: '' } as const;
/** Taken out of what the user left in a room. */
const untilErased = { until: 'MemberErased', becomes: '' } as const;
/** Taken out of the handle's stream. */
const untilReleased = { until: 'HandleReleased', becomes: '' } as const;

/**
 * Every type of event, and all that the rest of the program has to know of it. Code that shows, withholds, erases or
 * folds events asks this table, and there is no other list of types. `test/fixtures/stored-events.json` has a stored
 * event of each type and version.
 */
export const EVENTS = {
  HandleClaimed: {
    schema: first,
    aggregate: 'handle',
    visibility: 'nobody',
    membership: 'none',
    personal: { handle: untilReleased, userId: { until: 'HandleReleased', becomes: ERASED_USER }, name: untilReleased },
    readModels: [],
  },
  HandleReleased: {
    schema: first,
    aggregate: 'handle',
    visibility: 'nobody',
    membership: 'none',
    personal: { handleId: 'no', freeAt: 'no' },
    readModels: [],
  },
  UserRegistered: {
    schema: first,
    aggregate: 'user',
    visibility: 'nobody',
    membership: 'none',
    personal: { userId: 'user', handle: untilDeleted, name: untilDeleted },
    readModels: ['users'],
  },
  AccountDeleted: {
    schema: first,
    aggregate: 'user',
    visibility: 'nobody',
    membership: 'none',
    personal: { userId: 'user' },
    readModels: ['users'],
  },
  RoomCreated: {
    schema: first,
    aggregate: 'room',
    visibility: 'nobody',
    membership: 'none',
    // A title belongs to the room, not to who gave it.
    personal: { roomId: 'no', title: 'no', createdBy: 'user' },
    readModels: ['rooms', 'recent-timeline'],
  },
  MemberJoined: {
    schema: first,
    aggregate: 'membership',
    visibility: 'room',
    membership: 'begins',
    personal: { roomId: 'no', userId: 'user', seq: 'no' },
    readModels: ['rooms', 'members', 'read-positions', 'unread'],
  },
  MemberLeft: {
    schema: first,
    aggregate: 'membership',
    visibility: 'room',
    membership: 'ends',
    personal: { roomId: 'no', userId: 'user' },
    readModels: ['rooms', 'members', 'read-positions', 'unread'],
  },
  MemberErased: {
    schema: first,
    aggregate: 'membership',
    visibility: 'room',
    // A member leaves first. Said all the same: nothing of the room is for somebody who was erased in it.
    membership: 'ends',
    personal: { roomId: 'no', userId: 'user' },
    readModels: ['timeline', 'read-positions', 'recent-timeline'],
  },
  MessagePosted: {
    schema: first,
    aggregate: 'room',
    visibility: 'room',
    membership: 'none',
    personal: { roomId: 'no', seq: 'no', authorId: { until: 'MemberErased', becomes: ERASED_USER }, body: untilErased },
    readModels: ['rooms', 'timeline', 'read-positions', 'recent-timeline', 'unread'],
  },
  ReactionAdded: {
    schema: first,
    aggregate: 'reaction',
    visibility: 'room',
    membership: 'none',
    personal: { roomId: 'no', seq: 'no', userId: 'user', emoji: 'no' },
    readModels: ['timeline', 'recent-timeline'],
  },
  ReactionRemoved: {
    schema: first,
    aggregate: 'reaction',
    visibility: 'room',
    membership: 'none',
    personal: { roomId: 'no', seq: 'no', userId: 'user', emoji: 'no' },
    readModels: ['timeline', 'recent-timeline'],
  },
  MessagesRead: {
    schema: first,
    aggregate: 'membership',
    visibility: 'nobody',
    membership: 'none',
    personal: { roomId: 'no', userId: 'user', seq: 'no' },
    readModels: ['read-positions', 'unread'],
  },
  GifticonCampaignCreated: {
    schema: first,
    aggregate: 'campaign',
    visibility: 'nobody',
    membership: 'none',
    personal: { campaignId: 'no', title: 'no', stock: 'no', opensAt: 'no', closesAt: 'no', createdBy: 'user' },
    readModels: ['campaigns'],
  },
  GifticonCodesLoaded: {
    schema: first,
    aggregate: 'campaign',
    visibility: 'nobody',
    membership: 'none',
    personal: { campaignId: 'no', first: 'no', count: 'no' },
    readModels: ['campaigns'],
  },
  GifticonCampaignPaused: {
    schema: first,
    aggregate: 'campaign',
    visibility: 'nobody',
    membership: 'none',
    personal: { campaignId: 'no', userId: 'user' },
    readModels: ['campaigns'],
  },
  GifticonCampaignResumed: {
    schema: first,
    aggregate: 'campaign',
    visibility: 'nobody',
    membership: 'none',
    personal: { campaignId: 'no', userId: 'user' },
    readModels: ['campaigns'],
  },
  GifticonRequested: {
    schema: first,
    aggregate: 'gifticon',
    visibility: 'nobody',
    membership: 'none',
    personal: { campaignId: 'no', userId: 'user', requestId: 'no' },
    // A request that was too late changes no read model, and one that was not is followed by GifticonIssued.
    readModels: [],
  },
  GifticonIssued: {
    schema: first,
    aggregate: 'issuance',
    visibility: 'nobody',
    membership: 'none',
    personal: { campaignId: 'no', userId: 'user', requestId: 'no', nth: 'no' },
    readModels: ['campaigns'],
  },
  GifticonsSoldOut: {
    schema: first,
    aggregate: 'issuance',
    visibility: 'nobody',
    membership: 'none',
    personal: { campaignId: 'no' },
    readModels: ['campaigns'],
  },
} as const satisfies EventDefinitions<DomainEvent>;

type Events = typeof EVENTS;

/** Every type that this program knows. */
export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];

/** The events that subscribers of a room are told of. */
export type ShownEvent = { [T in EventType]: Events[T]['visibility'] extends 'room' ? EventOf<T> : never }[EventType];

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

export const isShown = (event: DomainEvent): event is ShownEvent => EVENTS[event.type].visibility === 'room';

/** Whose membership of which room an event begins or ends; null for one that does neither. */
export interface MembershipChange {
  readonly effect: 'begins' | 'ends';
  readonly roomId: RoomId;
  readonly userId: UserId;
}

export function membershipChange(event: DomainEvent): MembershipChange | null {
  const effect = EVENTS[event.type].membership;
  return effect === 'none' ? null : { effect, ...(event.data as Pick<MembershipChange, 'roomId' | 'userId'>) };
}

/** The types of events that begin or end a membership. */
export const typesThat = (effect: 'begins' | 'ends'): readonly EventType[] =>
  EVENT_TYPES.filter((type) => EVENTS[type].membership === effect);

interface Erased {
  readonly until: ErasingType;
  readonly becomes: unknown;
}

type Fields = Readonly<Record<string, 'no' | 'user' | Erased>>;

const fieldsOf = (type: EventType): [string, 'no' | 'user' | Erased][] =>
  Object.entries(EVENTS[type].personal as Fields);

/** The fields of each type that name a user. */
const userFields = new Map<string, readonly string[]>(
  EVENT_TYPES.map((type) => [
    type,
    fieldsOf(type).flatMap(([name, field]) =>
      field === 'user' || (field !== 'no' && field.becomes === ERASED_USER) ? [name] : [],
    ),
  ]),
);

/** Whether an event tells of a user. */
export const isAbout = ({ type, data }: DomainEvent, user: UserId): boolean =>
  userFields.get(type)!.some((field) => (data as unknown as Readonly<Record<string, unknown>>)[field] === user);

/** Who is to be forgotten from this event on, in all that is made of other events; null for one that erases nobody. */
export function erasedBy(event: DomainEvent): UserId | null {
  return event.type === 'AccountDeleted' || event.type === 'MemberErased' ? event.data.userId : null;
}

/** What an erasing event leaves of a type's data: by field, what stands there from then on. */
export interface Redaction {
  readonly type: EventType;
  /** The field that named the user, where that goes as well. */
  readonly author: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What of the record an erasing event has to do with, by type. */
export function redactions(until: ErasingType): readonly Redaction[] {
  return EVENT_TYPES.flatMap((type): Redaction[] => {
    const erased = fieldsOf(type).flatMap(([name, field]) =>
      typeof field === 'object' && field.until === until ? [[name, field.becomes] as const] : [],
    );
    if (erased.length === 0) return [];
    return [
      {
        type,
        author: erased.find(([, becomes]) => becomes === ERASED_USER)?.[0] ?? null,
        data: Object.fromEntries(erased),
      },
    ];
  });
}
