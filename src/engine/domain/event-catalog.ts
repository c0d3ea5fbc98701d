import type { AnyEvent, LogEntry } from './event.js';
import { isReadable } from './event.js';
import type { UserId } from './ids.js';
import { ERASED_USER } from './ids.js';
import type { Data, EventSchema } from './upcast.js';
import { upcast } from './upcast.js';

/** Whose right to be told of a key's events begins or ends with an event. */
export interface AccessChange {
  readonly effect: 'begins' | 'ends';
  readonly userId: UserId;
}

/** What an erasing event leaves of a type's data: by field, what stands there from then on. */
export interface Redaction {
  readonly type: string;
  /** The field that named the user, where that goes as well. */
  readonly author: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the engine asks of a domain's events. */
export interface EventCatalog {
  /** Every type that this program knows. */
  readonly types: readonly string[];
  /** The current version of a type's data. */
  schemaVersion(type: string): number;
  /**
   * Stored data as the event of today.
   * @throws {UnreadableEventError} where the type is unknown or the schema is newer than this program
   */
  read(type: string, schema: number, data: Data): AnyEvent;
  /**
   * Whether a reader that handles these types has to do with the entry. An event of a type that is known and not
   * handled is passed in any schema; one of an unknown type may be for every reader.
   */
  concerns(handled: ReadonlySet<string>, entry: LogEntry): boolean;
  /** Whether the subscribers of its key are told of it. */
  isShown(event: AnyEvent): boolean;
  /** Null for an event that changes nobody's right. */
  accessChange(event: AnyEvent): AccessChange | null;
  /** Whether an event tells of a user. */
  isAbout(event: AnyEvent, user: UserId): boolean;
  /** The user to be forgotten from this event on, in all that is made of other events; null: it erases nobody. */
  erasedBy(event: AnyEvent): UserId | null;
  /** What of the record an erasing event has to do with, by type. */
  redactions(until: string): readonly Redaction[];
}

type PersonalFields = Readonly<Record<string, 'no' | 'user' | { readonly until: string; readonly becomes: unknown }>>;

/** A definition as the catalog looks at it: of any event. */
export interface StatedDefinition {
  readonly schema: EventSchema;
  readonly audience: 'subscribers' | 'nobody';
  readonly access: 'none' | 'begins' | 'ends';
  readonly erases?: true;
  readonly personal: PersonalFields;
}

/** @param definitions by type, as `EventDefinitions` of the domain's union has the compiler hold them complete */
export function eventCatalog(definitions: Readonly<Record<string, StatedDefinition>>): EventCatalog {
  const types = Object.keys(definitions);
  const schemas = Object.fromEntries(types.map((type) => [type, definitions[type]!.schema]));
  const fieldsOf = (type: string): [string, PersonalFields[string]][] => Object.entries(definitions[type]!.personal);
  /** The fields of each type that name a user. */
  const userFields = new Map<string, readonly string[]>(
    types.map((type) => [
      type,
      fieldsOf(type).flatMap(([name, field]) =>
        field === 'user' || (field !== 'no' && field.becomes === ERASED_USER) ? [name] : [],
      ),
    ]),
  );
  const userOf = ({ data }: AnyEvent): UserId => (data as { readonly userId: UserId }).userId;
  const definitionOf = ({ type }: AnyEvent): StatedDefinition => definitions[type]!;

  return {
    types,
    schemaVersion: (type) => schemas[type]!.version,
    read: (type, schema, data) => ({ type, data: upcast(schemas, type, schema, data) }),
    concerns(handled, entry) {
      if (isReadable(entry)) return handled.has(entry.event.type);
      return handled.has(entry.stored.type) || !Object.hasOwn(schemas, entry.stored.type);
    },
    isShown: (event) => definitionOf(event).audience === 'subscribers',
    accessChange(event) {
      const { access } = definitionOf(event);
      return access === 'none' ? null : { effect: access, userId: userOf(event) };
    },
    isAbout: (event, user) =>
      userFields.get(event.type)!.some((field) => (event.data as Readonly<Record<string, unknown>>)[field] === user),
    erasedBy: (event) => (definitionOf(event).erases ? userOf(event) : null),
    redactions: (until) =>
      types.flatMap((type): Redaction[] => {
        const erased = fieldsOf(type).flatMap(([name, field]) =>
          typeof field === 'object' && field.until === until ? [[name, field.becomes] as const] : [],
        );
        if (erased.length === 0) return [];
        const author = erased.find(([, becomes]) => becomes === ERASED_USER)?.[0] ?? null;
        return [{ type, author, data: Object.fromEntries(erased) }];
      }),
  };
}
