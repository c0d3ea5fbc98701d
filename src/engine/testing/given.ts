import type { Aggregate, AnyCommandDefinition, Decision, NewEvent, StreamRef } from '../domain/decide.js';
import type { CommandEnvelope } from '../domain/envelope.js';
import type { CommandId, UserId } from '../domain/ids.js';
import { commandId, traceId } from '../domain/ids.js';

/** Freezes everything, so that code that changes its arguments throws. */
export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** A stream's state folded from its first event. */
export function foldStream<S>(stream: StreamRef<S>, history: readonly NewEvent[]): S {
  const aggregate = stream.aggregate as Aggregate<S>;
  return history
    .filter((recorded) => recorded.stream === stream.id)
    .reduce(
      (state, { event }) => deepFreeze(aggregate.evolve(state, deepFreeze(event))),
      deepFreeze(aggregate.initialState),
    );
}

/** The default time and id of commands in tests. */
export const NOW = '2026-01-01T00:00:00.000Z';
export const COMMAND_ID = commandId('018f2f6e-0000-7000-8000-000000000001');

export interface Stamp {
  readonly by: UserId;
  readonly at?: string | undefined;
  readonly id?: CommandId | undefined;
}

/** A held command is not decided. */
export type Decided = Decision | { readonly outcome: 'held'; readonly events: readonly [] };

/**
 * Decides like the decider: data through the schema, states of the streams that the command reads.
 * @throws an event is outside of the streams that the command reads and owns
 */
export function decideWith(
  definition: AnyCommandDefinition,
  data: unknown,
  { by, at = NOW, id = COMMAND_ID }: Stamp,
  stateOf: (stream: StreamRef<unknown>) => unknown,
): Decided {
  const parsed = deepFreeze(definition.schema.parse(data));
  const command: CommandEnvelope = deepFreeze({
    commandId: id,
    type: definition.type,
    schema: definition.version,
    key: definition.key(parsed),
    userId: by,
    traceId: traceId('0'.repeat(32)),
    at,
    data: parsed,
  });
  const streams = definition.reads(parsed, command);
  const states = Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, stateOf(stream)]));
  if (definition.held?.(states, command)) return { outcome: 'held', events: [] };
  const decision = definition.decide(command, states, streams);
  const own = new Set(Object.values(streams).flatMap((stream) => (stream.foreign ? [] : [stream.id])));
  const trespass = decision.events.find(({ stream }) => !own.has(stream));
  if (trespass)
    throw new Error(`${definition.type} wrote ${trespass.event.type} to ${trespass.stream}, which it does not own`);
  return decision;
}

/** The events of a history, each in its stream; then a command, and its decision. */
export const given = (...history: readonly NewEvent[]) => ({
  when: (definition: AnyCommandDefinition, data: unknown, stamp: Stamp): Decided =>
    decideWith(definition, data, stamp, (stream) => foldStream(stream, history)),
});
