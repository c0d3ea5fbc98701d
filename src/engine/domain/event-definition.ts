import type { ERASED_USER, RoomId, UserId } from './ids.js';
import type { EventSchema } from './upcast.js';

/** The shape that all events have. */
export interface AnyEvent {
  readonly type: string;
  readonly data: object;
}

/** The aggregates, by the name that begins the ids of their streams. */
export type AggregateName =
  'handle' | 'user' | 'room' | 'membership' | 'reaction' | 'campaign' | 'issuance' | 'gifticon';

/** The read models, by the name that their checkpoints have. */
export type ReadModelName =
  'users' | 'rooms' | 'members' | 'timeline' | 'read-positions' | 'campaigns' | 'recent-timeline' | 'unread';

/** The events after which something of a person is in the record no longer. */
export type ErasingType = 'AccountDeleted' | 'MemberErased' | 'HandleReleased';

/** What one field of an event tells of a person. */
export type PersonalField<V> =
  /** Nothing. */
  | 'no'
  /** Who it was: an id that leads to nobody once the account is deleted. It stays. */
  | (V extends UserId ? 'user' : never)
  /** What an erasing event takes out of the record, and what stands there afterwards. */
  | { readonly until: ErasingType; readonly becomes: V extends UserId ? typeof ERASED_USER : V };

/** What an event does to the right of its `userId` to see its room. */
export type MembershipEffect<D> =
  'none' | (D extends { readonly roomId: RoomId; readonly userId: UserId } ? 'begins' | 'ends' : never);

/**
 * All that has to be said of a type of event. The compiler wants all of it for every type in the union, so that a new
 * one cannot be forgotten by subscribers, by those who have left, by erasure or by a read model.
 */
export interface EventDefinition<E extends AnyEvent> {
  /** The current version of its data, and how data of each older one becomes the next. */
  readonly schema: EventSchema;
  /** In whose stream it stands. */
  readonly aggregate: AggregateName;
  /** Who is told of it: the subscribers of its room, or nobody. */
  readonly visibility: 'room' | 'nobody';
  readonly membership: MembershipEffect<E['data']>;
  /** Of every field. */
  readonly personal: { readonly [F in keyof E['data']]-?: PersonalField<E['data'][F]> };
  /** The read models that fold it. To all others it is nothing. */
  readonly readModels: readonly ReadModelName[];
}

/** One definition for each type of a union of events, and no other. */
export type EventDefinitions<E extends AnyEvent> = {
  readonly [T in E['type']]: EventDefinition<Extract<E, { readonly type: T }>>;
};
