import type { AnyEvent } from './event.js';
import type { ERASED_USER, UserId } from './ids.js';
import type { EventSchema } from './upcast.js';

/** The names that a domain has for its parts. */
export interface Names {
  /** The aggregates, by the name that begins the ids of their streams. */
  readonly aggregate: string;
  /** The read models, by the name that their checkpoints have. */
  readonly readModel: string;
  /** The types of events after which something of a person is in the record no longer. */
  readonly erasing: string;
}

/** What one field of an event tells of a person. */
export type PersonalField<V, Erasing extends string = string> =
  /** Nothing. */
  | 'no'
  /** Who it was: an id that leads to nobody once the account is deleted. It stays. */
  | (V extends UserId ? 'user' : never)
  /** What an erasing event takes out of the record, and what stands there afterwards. */
  | { readonly until: Erasing; readonly becomes: V extends UserId ? typeof ERASED_USER : V };

/** What an event does to the right of its `userId` to be told of the events of its key. */
export type AccessEffect<D> = 'none' | (D extends { readonly userId: UserId } ? 'begins' | 'ends' : never);

/**
 * All that has to be said of a type of event. The compiler wants all of it for every type in the union, so that a new
 * one cannot be forgotten by subscribers, by those who have left, by erasure or by a read model.
 */
export interface EventDefinition<E extends AnyEvent = AnyEvent, N extends Names = Names> {
  /** The current version of its data, and how data of each older one becomes the next. */
  readonly schema: EventSchema;
  /** In whose stream it stands. */
  readonly aggregate: N['aggregate'];
  /** Who is told of it: the subscribers of its key, or nobody. */
  readonly audience: 'subscribers' | 'nobody';
  readonly access: AccessEffect<E['data']>;
  /** Whether the user that `userId` names is to be forgotten from this event on. Left out: no. */
  readonly erases?: E['data'] extends { readonly userId: UserId } ? true : never;
  /** Of every field. */
  readonly personal: { readonly [F in keyof E['data']]-?: PersonalField<E['data'][F], N['erasing']> };
  /** The read models that fold it. To all others it is nothing. */
  readonly readModels: readonly N['readModel'][];
}

/** One definition for each type of a union of events, and no other. */
export type EventDefinitions<E extends AnyEvent, N extends Names = Names> = {
  readonly [T in E['type']]: EventDefinition<Extract<E, { readonly type: T }>, N>;
};
