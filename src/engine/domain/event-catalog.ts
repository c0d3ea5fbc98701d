import type { AnyEvent, LogEntry } from './event.js';
import { isReadable } from './event.js';
import type { UserId } from './ids.js';
import { ERASED_USER } from './ids.js';
import type { Data, EventSchema } from './upcast.js';
import { upcast } from './upcast.js';

/** The user whose right to see the events of a key begins or ends with an event. */
export interface AccessChange {
  readonly effect: 'begins' | 'ends';
  readonly userId: UserId;
}

/** The changes of an erasing event to the data of a type: the replacement of each field. */
export interface Redaction {
  readonly type: string;
  /** The field with the user's id, if it is replaced, too. */
  readonly author: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The domain's events as the engine uses them. */
export interface EventCatalog {
  /** All known types. */
  readonly types: readonly string[];
  /** The current version of a type's data. */
  schemaVersion(type: string): number;
  /**
   * Stored data as the event of the current version.
   * @throws {UnreadableEventError} the type is unknown, or the schema is newer than this program
   */
  read(type: string, schema: number, data: Data): AnyEvent;
  /**
   * Whether the entry is relevant to a reader of these types. An event of a known type that the reader does not handle
   * is passed in any schema; an event of an unknown type may be relevant to every reader.
   */
  concerns(handled: ReadonlySet<string>, entry: LogEntry): boolean;
  /** Whether the subscribers of its key get it. */
  isShown(event: AnyEvent): boolean;
  /** Null for an event that changes no right. */
  accessChange(event: AnyEvent): AccessChange | null;
  /** Whether an event mentions a user. */
  isAbout(event: AnyEvent, user: UserId): boolean;
  /** The user whose data in all other events is forgotten from this event on; null for an event that erases no user. */
  erasedBy(event: AnyEvent): UserId | null;
  /** The changes to the record by an erasing event, by type. */
  redactions(until: string): readonly Redaction[];
}

type PersonalFields = Readonly<Record<string, 'no' | 'user' | { readonly until: string; readonly becomes: unknown }>>;

/** A definition of any event, as the catalog uses it. */
export interface StatedDefinition {
  readonly schema: EventSchema;
  readonly audience: 'subscribers' | 'nobody';
  readonly access: 'none' | 'begins' | 'ends';
  readonly erases?: true;
  readonly personal: PersonalFields;
}

/** @param definitions by type; `EventDefinitions` makes the compiler check that they are complete */
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
