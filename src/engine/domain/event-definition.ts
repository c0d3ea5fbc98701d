import type { AnyEvent } from './event.js';
import type { ERASED_USER, UserId } from './ids.js';
import type { EventSchema } from './upcast.js';

/** The names of the parts of a domain. */
export interface Names {
  /** The aggregates, by the prefix of the ids of their streams. */
  readonly aggregate: string;
  /** The read models, by the name of their checkpoints. */
  readonly readModel: string;
  /** The types of events that erase personal data from the record. */
  readonly erasing: string;
}

/** The personal data in one field of an event. */
export type PersonalField<V, Erasing extends string = string> =
  /** Nothing. */
  | 'no'
  /** A user's id, which leads to no person once the account is deleted. It stays. */
  | (V extends UserId ? 'user' : never)
  /** Replaced in the record by an erasing event, with this value. */
  | { readonly until: Erasing; readonly becomes: V extends UserId ? typeof ERASED_USER : V };

/** The effect of an event on the right of its `userId` to see the events of its key. */
export type AccessEffect<D> = 'none' | (D extends { readonly userId: UserId } ? 'begins' | 'ends' : never);

/**
 * The properties of a type of event. The compiler requires all of them for every type of the union, so that no new type
 * is forgotten by subscribers, former members, erasure or a read model.
 */
export interface EventDefinition<E extends AnyEvent = AnyEvent, N extends Names = Names> {
  /** The current version of its data, and an upcast from each older one. */
  readonly schema: EventSchema;
  /** The aggregate whose stream contains it. */
  readonly aggregate: N['aggregate'];
  /** Who gets it: the subscribers of its key, or nobody. */
  readonly audience: 'subscribers' | 'nobody';
  readonly access: AccessEffect<E['data']>;
  /** Whether the user in `userId` is forgotten from this event on. Default: no. */
  readonly erases?: E['data'] extends { readonly userId: UserId } ? true : never;
  /** For every field. */
  readonly personal: { readonly [F in keyof E['data']]-?: PersonalField<E['data'][F], N['erasing']> };
  /** The read models that fold it. All others ignore it. */
  readonly readModels: readonly N['readModel'][];
}

/** One definition for each type of a union of events, and no other. */
export type EventDefinitions<E extends AnyEvent, N extends Names = Names> = {
  readonly [T in E['type']]: EventDefinition<Extract<E, { readonly type: T }>, N>;
};
