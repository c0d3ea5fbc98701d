import { EVENTS, EVENT_TYPES } from './definitions.js';
import type { DomainEvent, EventType, LogEntry } from '../engine/domain/event.js';
import { isReadable } from '../engine/domain/event.js';
import type { Data, EventSchema } from '../engine/domain/upcast.js';
import { upcast } from '../engine/domain/upcast.js';

/** Every type and version that this program can read. */
export const EVENT_SCHEMAS: Readonly<Record<EventType, EventSchema>> = Object.fromEntries(
  EVENT_TYPES.map((type) => [type, EVENTS[type].schema]),
) as unknown as Readonly<Record<EventType, EventSchema>>;

export const schemaVersion = (type: EventType): number => EVENT_SCHEMAS[type].version;

/**
 * Stored data as the event of today.
 * @throws {UnreadableEventError} where the type is unknown or the schema is newer than this program
 */
export const readEvent = (type: string, schema: number, data: Data): DomainEvent =>
  ({ type, data: upcast(EVENT_SCHEMAS, type, schema, data) }) as unknown as DomainEvent;

/**
 * Whether whoever handles these types has to do with the entry. An event of a type that is known and not handled is
 * passed in whatever schema; one of an unknown type may be for anybody.
 */
export function concerns(handled: ReadonlySet<string>, entry: LogEntry): boolean {
  if (isReadable(entry)) return handled.has(entry.event.type);
  return handled.has(entry.stored.type) || !Object.hasOwn(EVENT_SCHEMAS, entry.stored.type);
}
