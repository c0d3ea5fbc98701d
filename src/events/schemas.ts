import type { DomainEvent, EventType, LogEntry } from './event.js';
import { isReadable } from './event.js';

type Data = Readonly<Record<string, unknown>>;

/**
 * The current schema version of every event type, and how data of each older version becomes the next.
 * `upcasts[0]` takes version 1 to 2, and so on: there are always `version - 1` of them.
 */
export interface EventSchema {
  readonly version: number;
  readonly upcasts: readonly ((data: Data) => Data)[];
}

const first: EventSchema = { version: 1, upcasts: [] };

/** Every type and version that this program can read. `test/fixtures/stored-events.json` has a stored event of each; a test holds it to that. */
export const EVENT_SCHEMAS: Readonly<Record<EventType, EventSchema>> = {
  HandleClaimed: first,
  HandleReleased: first,
  UserRegistered: first,
  AccountDeleted: first,
  RoomCreated: first,
  MemberJoined: first,
  MemberLeft: first,
  MemberErased: first,
  MessagePosted: first,
  ReactionAdded: first,
  ReactionRemoved: first,
  MessagesRead: first,
  GifticonCampaignCreated: first,
  GifticonCodesLoaded: first,
  GifticonCampaignPaused: first,
  GifticonCampaignResumed: first,
  GifticonRequested: first,
  GifticonIssued: first,
  GifticonsSoldOut: first,
};

/** Every type that this program knows. */
export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as readonly EventType[];

/** An event that this program cannot read: its type is unknown, or its schema is newer. A deploy is needed, not a skip. */
export class UnreadableEventError extends Error {
  readonly code = 'UNREADABLE_EVENT';
}

export const schemaVersion = (type: EventType): number => EVENT_SCHEMAS[type].version;

/**
 * Data of any version as the current version of its type has it: each upcast takes it one version further.
 * @throws {UnreadableEventError} where the table has no such type, or no such version of it
 */
export function upcast(schemas: Readonly<Record<string, EventSchema>>, type: string, schema: number, data: Data): Data {
  const known = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (!known) throw new UnreadableEventError(`event type ${type} is unknown to this program: deploy one that knows it`);
  if (schema > known.version) {
    throw new UnreadableEventError(`${type} has schema ${schema}, this program reads up to ${known.version}: deploy a newer one`);
  }
  if (!Number.isInteger(schema) || schema < 1) throw new UnreadableEventError(`${type} has schema ${schema}, which no program ever wrote: find out who stored it`);
  return known.upcasts.slice(schema - 1).reduce((current, step) => step(current), data);
}

/**
 * Stored data as the event of today.
 * @throws {UnreadableEventError} where the type is unknown or the schema is newer than this program
 */
export const readEvent = (type: string, schema: number, data: Data): DomainEvent =>
  ({ type, data: upcast(EVENT_SCHEMAS, type, schema, data) }) as unknown as DomainEvent;

/**
 * Whether whoever handles these types has to do with the entry. An event of a type that is known and not handled is passed in whatever schema;
 * one of an unknown type may be for anybody.
 */
export function concerns(handled: ReadonlySet<string>, entry: LogEntry): boolean {
  if (isReadable(entry)) return handled.has(entry.event.type);
  return handled.has(entry.stored.type) || !Object.hasOwn(EVENT_SCHEMAS, entry.stored.type);
}
