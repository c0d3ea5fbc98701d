import type { ProcessManager } from '../process-manager/process-manager.js';
import type { PostgresProjection } from '../projector/projection.js';
import type { AnyCommandDefinition, CommandCatalog } from './decide.js';
import type { EventCatalog, StatedDefinition } from './event-catalog.js';
import { eventCatalog } from './event-catalog.js';
import type { EventDefinitions } from './event-definition.js';
import type { AnyEvent } from './event.js';
import type { Readable } from './readable.js';

/** The domain as the engine sees it. */
export interface Domain {
  readonly events: EventCatalog;
  readonly commands: CommandCatalog;
  /** Announced to processes of other versions. */
  readonly reads: Readable;
  readonly readModels: readonly PostgresProjection[];
  readonly processManagers: readonly ProcessManager[];
}

export interface DomainParts<E extends AnyEvent> {
  /** A definition for each type of the union, which the compiler checks. */
  readonly events: EventDefinitions<E>;
  /** By type. */
  readonly commands: Readonly<Record<string, AnyCommandDefinition>>;
  readonly readModels?: readonly PostgresProjection[];
  readonly processManagers?: readonly ProcessManager[];
}

export class DomainError extends Error {
  readonly code = 'DOMAIN';
}

/** @throws {DomainError} a read model folds other events than those that name it, or a command has another name */
export function defineDomain<E extends AnyEvent>({
  events,
  commands,
  readModels = [],
  processManagers = [],
}: DomainParts<E>): Domain {
  const definitions = events as Readonly<Record<string, StatedDefinition & { readonly readModels: readonly string[] }>>;
  for (const { name, handles } of readModels) {
    const named = Object.keys(definitions).filter((type) => definitions[type]!.readModels.includes(name));
    const differing = [...named, ...handles].filter((type) => named.includes(type) !== handles.includes(type));
    if (differing.length > 0) {
      throw new DomainError(
        `the read model ${name} and the definition of ${differing.join(', ')} do not agree on who folds it`,
      );
    }
  }
  for (const [type, definition] of Object.entries(commands))
    if (definition.type !== type) throw new DomainError(`the command ${definition.type} is listed as ${type}`);
  return {
    events: eventCatalog(definitions),
    commands: (type) => (Object.hasOwn(commands, type) ? commands[type] : undefined),
    reads: {
      event: Object.fromEntries(Object.entries(definitions).map(([type, { schema }]) => [type, schema.version])),
      command: Object.fromEntries(Object.entries(commands).map(([type, { version }]) => [type, version])),
    },
    readModels,
    processManagers,
  };
}
