import type { EventOf, EventType, RecordedEvent } from '../../events/event.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { RememberedUsers } from '../../projections/user/remembered-users.js';
import type { RoomEventKindValue } from './room-event-kind.type.js';
import type { RoomEvent } from './room-event.type.js';

/** What a view may ask. */
export interface Knowing {
  readonly users: Pick<RememberedUsers, 'isDeleted'>;
}

type OfUser<D> = D extends { readonly userId: UserId } ? true : never;

/** An event of a room as subscribers see it: when it comes, and its fields in GraphQL. */
export interface ShownAs<T extends EventType, V = unknown> {
  readonly type: T;
  /** The kind that a subscriber asks for; with `any` it comes whatever the subscriber has asked for. */
  readonly kind: RoomEventKindValue | 'any';
  /** In a large room, a subscriber who asked for sums gets only those of their own. Default: no. */
  readonly summarised?: OfUser<EventOf<T>['data']>;
  /** It comes to the user in `userId` whatever kinds that user has asked for. Default: no. */
  readonly alwaysToOwn?: OfUser<EventOf<T>['data']>;
  /** The fields of its type besides those of `RoomEvent`. */
  view(recorded: RecordedEvent<EventOf<T>>, knowing: Knowing): V;
}

/**
 * The compiler requires a value for each field of the GraphQL type. `src/schema/generated/shown-events.ts` lists all of
 * them, and `shown-events.ts` beside this file that none is missing.
 */
export const shownEvent = <T extends EventType, C extends RoomEvent>(
  type: T,
  _graphQLType: new () => C,
  shown: Omit<ShownAs<T, Omit<C, keyof RoomEvent>>, 'type'>,
): ShownAs<T, Omit<C, keyof RoomEvent>> => ({ type, ...shown });
