import type { DomainEvent, EventType } from './event.js';

type Data = Readonly<Record<string, unknown>>;

/**
 * The current schema version of every event type, and how data of each older version becomes the next.
 * `upcasts[0]` takes version 1 to 2, and so on: there are always `version - 1` of them.
 */
interface EventSchema {
  readonly version: number;
  readonly upcasts: readonly ((data: Data) => Data)[];
}

const first: EventSchema = { version: 1, upcasts: [] };

const schemas: Readonly<Record<EventType, EventSchema>> = {
  HandleClaimed: first,
  UserRegistered: first,
  RoomCreated: first,
  MemberJoined: first,
  MemberLeft: first,
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
export const EVENT_TYPES = Object.keys(schemas) as readonly EventType[];

/** An event that this program cannot read: its type is unknown, or its schema is newer. A deploy is needed, not a skip. */
export class UnreadableEventError extends Error {
  readonly code = 'UNREADABLE_EVENT';
}

export const schemaVersion = (type: EventType): number => schemas[type].version;

/**
 * Stored data as the event of today.
 * @throws {UnreadableEventError} where the type is unknown or the schema is newer than this program
 */
export function readEvent(type: string, schema: number, data: Data): DomainEvent {
  const known = Object.hasOwn(schemas, type) ? schemas[type as EventType] : undefined;
  if (!known) throw new UnreadableEventError(`event type ${type} is unknown to this program: deploy one that knows it`);
  if (schema > known.version) {
    throw new UnreadableEventError(`${type} has schema ${schema}, this program reads up to ${known.version}: deploy a newer one`);
  }
  let current = data;
  for (let from = schema; from < known.version; from++) current = known.upcasts[from - 1]!(current);
  return { type, data: current } as unknown as DomainEvent;
}
