export type Data = Readonly<Record<string, unknown>>;

/**
 * The current schema version of an event type, and an upcast from each older one.
 * `upcasts[0]` takes version 1 to 2, and so on: there are always `version - 1` of them.
 */
export interface EventSchema {
  readonly version: number;
  readonly upcasts: readonly ((data: Data) => Data)[];
}

/** Of an event whose data has always had the same shape. */
export const FIRST_VERSION = { version: 1, upcasts: [] } as const satisfies EventSchema;

/** An event of an unknown type or a newer schema. It needs a deployment, not a skip. */
export class UnreadableEventError extends Error {
  readonly code = 'UNREADABLE_EVENT';
}

/**
 * Converts data of any version to the current one, one version at a time.
 * @throws {UnreadableEventError} the table does not have this type or this version
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
    throw new UnreadableEventError(`${type} has schema ${schema}, which no program ever wrote: find its source`);
  }
  return known.upcasts.slice(schema - 1).reduce((current, step) => step(current), data);
}
