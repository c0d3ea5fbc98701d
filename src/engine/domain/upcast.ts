export type Data = Readonly<Record<string, unknown>>;

/**
 * The current schema version of an event type, and how data of each older version becomes the next.
 * `upcasts[0]` takes version 1 to 2, and so on: there are always `version - 1` of them.
 */
export interface EventSchema {
  readonly version: number;
  readonly upcasts: readonly ((data: Data) => Data)[];
}

/**
 * An event that this program cannot read: its type is unknown, or its schema is newer. A deploy is needed, not a skip.
 */
export class UnreadableEventError extends Error {
  readonly code = 'UNREADABLE_EVENT';
}

/**
 * Data of any version as the current version of its type has it: each upcast takes it one version further.
 * @throws {UnreadableEventError} where the table has no such type, or no such version of it
 */
export function upcast(schemas: Readonly<Record<string, EventSchema>>, type: string, schema: number, data: Data): Data {
  const known = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (!known) throw new UnreadableEventError(`event type ${type} is unknown to this program: deploy one that knows it`);
  if (schema > known.version) {
    throw new UnreadableEventError(
      `${type} has schema ${schema}, this program reads up to ${known.version}: deploy a newer one`,
    );
  }
  if (!Number.isInteger(schema) || schema < 1) {
    throw new UnreadableEventError(`${type} has schema ${schema}, which no program ever wrote: find out who stored it`);
  }
  return known.upcasts.slice(schema - 1).reduce((current, step) => step(current), data);
}
