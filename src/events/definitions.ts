import type { AnyEvent } from '../engine/domain/event.js';
import type { EventDefinitions } from '../engine/domain/event-definition.js';
import { eventCatalog } from '../engine/domain/event-catalog.js';
import type { UserId } from '../engine/domain/ids.js';
import type { DomainEvent, EventOf, EventType } from './event.js';
import type { GifticonNames } from './gifticon/gifticon-events.js';
import { GIFTICON_EVENTS } from './gifticon/gifticon-events.js';
import type { MembershipNames } from './membership/membership-events.js';
import { MEMBERSHIP_EVENTS } from './membership/membership-events.js';
import type { MessageNames } from './message/message-events.js';
import { MESSAGE_EVENTS } from './message/message-events.js';
import type { ReactionNames } from './reaction/reaction-events.js';
import { REACTION_EVENTS } from './reaction/reaction-events.js';
import type { RoomNames } from './room/room-events.js';
import { ROOM_EVENTS } from './room/room-events.js';
import type { UserNames } from './user/user-events.js';
import { USER_EVENTS } from './user/user-events.js';
import type { RoomId } from './ids.js';

/** The names that the topics have. */
type TopicNames = UserNames | RoomNames | MembershipNames | MessageNames | ReactionNames | GifticonNames;

/** The aggregates, by the prefix of the ids of their streams. */
export type AggregateName = TopicNames['aggregate'];

/** The read models, by the name of their checkpoints. */
export type ReadModelName = TopicNames['readModel'];

/** The events after which personal data is erased from the record. */
export type ErasingType = 'AccountDeleted' | 'MemberErased' | 'HandleReleased';

export interface MadangNames {
  readonly aggregate: AggregateName;
  readonly readModel: ReadModelName;
  readonly erasing: ErasingType;
}

/**
 * Every type of event, with all that the rest of the program has to know of it. Each is defined in the file of its
 * topic. Code that shows, withholds, erases or folds events reads this table; there is no other list of types.
 * `test/fixtures/stored-events.json` has a stored event of each type and version.
 */
export const EVENTS = {
  ...USER_EVENTS,
  ...ROOM_EVENTS,
  ...MEMBERSHIP_EVENTS,
  ...MESSAGE_EVENTS,
  ...REACTION_EVENTS,
  ...GIFTICON_EVENTS,
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
