import type { AnyEvent, FoldedEvent as Folded, RecordedEvent as Recorded } from '../engine/domain/event.js';
import type { GifticonEvent } from './gifticon/gifticon-events.js';
import type { MembershipEvent } from './membership/membership-events.js';
import type { MessageEvent } from './message/message-events.js';
import type { ReactionEvent } from './reaction/reaction-events.js';
import type { RoomEvent } from './room/room-events.js';
import type { UserEvent } from './user/user-events.js';

/** Every event of the domain. */
export type DomainEvent = UserEvent | RoomEvent | MembershipEvent | MessageEvent | ReactionEvent | GifticonEvent;
export type EventType = DomainEvent['type'];
export type EventOf<T extends EventType> = Extract<DomainEvent, { type: T }>;

export type RecordedEvent<E extends DomainEvent = DomainEvent> = Recorded<E>;
export type FoldedEvent<E extends DomainEvent = DomainEvent> = Folded<E>;

/** Narrows a recorded event by its type. */
export function isEvent<R extends { readonly event: AnyEvent }, T extends EventType>(
  recorded: R,
  type: T,
): recorded is R & { readonly event: EventOf<T> } {
  return recorded.event.type === type;
}

/** Narrows an event of the engine, which has read it by the definitions of this domain. */
export const ofDomain = <R extends { readonly event: AnyEvent }>(recorded: R): R & { readonly event: DomainEvent } =>
  recorded as R & { readonly event: DomainEvent };
