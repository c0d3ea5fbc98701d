import type { AnyEvent, FoldedEvent as Folded, RecordedEvent as Recorded } from '../engine/domain/event.js';
import type { GifticonEvent } from './gifticon-events.js';
import type { RoomEvent } from './room-events.js';
import type { UserEvent } from './user-events.js';

/** Everything that can happen. */
export type DomainEvent = UserEvent | RoomEvent | GifticonEvent;
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

/** What the engine gives: it has read the event by the definitions of this domain. */
export const ofDomain = <R extends { readonly event: AnyEvent }>(recorded: R): R & { readonly event: DomainEvent } =>
  recorded as R & { readonly event: DomainEvent };
