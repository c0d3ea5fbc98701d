import type { z } from 'zod';
import type { AnyEvent } from './event.js';
import type { StreamId } from './ids.js';
import { streamId } from './ids.js';
import type { CommandEnvelope } from './envelope.js';
import type { Rejection } from './receipt.js';

/**
 * A consistency boundary: a state folded from the events of one stream. Pure, and small enough to be snapshotted as
 * JSON.
 */
export interface Aggregate<S, E extends AnyEvent = AnyEvent> {
  /** The prefix of the ids of its streams. */
  readonly name: string;
  readonly initialState: S;
  /** Raised when the shape of the state changes: snapshots of another version are not read. Default: 1. */
  readonly stateVersion?: number;
  /** Called for events of its own streams only. Must not change `state`. */
  evolve(state: S, event: E): S;
}

/** One stream, and the aggregate that interprets its events. */
export interface StreamRef<S> {
  readonly id: StreamId;
  // The event type is erased here: only `streamOf` makes a reference, which ties a stream to its aggregate.
  readonly aggregate: Aggregate<S, never>;
  /** Written by the decider of another queue: an earlier read may be out of date. Default: false. */
  readonly foreign?: boolean;
}

export const streamOf = <S, E extends AnyEvent>(aggregate: Aggregate<S, E>, id: string): StreamRef<S> => ({
  id: streamId(`${aggregate.name}-${id}`),
  aggregate,
});

/** The same stream for a command of another queue: it is read anew for each batch, and never written. */
export const foreign = <S>(stream: StreamRef<S>): StreamRef<S> => ({ ...stream, foreign: true });

/** An event to append to a stream. The log gives it its version and position. */
export interface NewEvent {
  readonly stream: StreamId;
  readonly event: AnyEvent;
}

export type Decision =
  | { readonly outcome: 'accepted'; readonly events: readonly NewEvent[] }
  /** A refusal may be worth recording: its events are stored with it. */
  | { readonly outcome: 'rejected'; readonly rejection: Rejection; readonly events: readonly NewEvent[] };

export const accept = (...events: readonly NewEvent[]): Decision => ({ outcome: 'accepted', events });
export const refuse = (rejection: Rejection, ...events: readonly NewEvent[]): Decision => ({
  outcome: 'rejected',
  rejection,
  events,
});
export const append = <S>(to: StreamRef<S>, event: AnyEvent): NewEvent => ({ stream: to.id, event });

type Reads = Readonly<Record<string, StreamRef<unknown>>>;
type States<R extends Reads> = { readonly [K in keyof R]: R[K] extends StreamRef<infer S> ? S : never };

/**
 * One command: its input, its key, the streams that it reads, and its decision. All streams that it reads or writes are
 * in the partition of its key, so that one decider owns them all.
 */
export interface CommandDefinition<T extends string, D, R extends Reads> {
  readonly type: T;
  /** Schema version of `data`. */
  readonly version: number;
  readonly schema: z.ZodType<D>;
  /**
   * The queue from which it is decided; the decider of another queue must not write to the same streams. Default:
   * `commands`.
   */
  readonly queue?: string;
  /** The key that gives the partition. */
  key(data: D): string;
  reads(data: D, command: CommandEnvelope<T, D>): R;
  /**
   * Whether the command has to wait, and with it the commands behind it in its partition, until the states change.
   * Pure.
   */
  held?(states: States<R>, command: CommandEnvelope<T, D>): boolean;
  /**
   * What becomes of a command whose events some live process does not read yet. `refused`: it ends with NOT_YET, and
   * its sender sends it again. `held`: it waits, and with it the commands behind it in its partition: for a command
   * whose sender does not repeat it, such as a process manager. Default: `refused`.
   */
  readonly untilRead?: 'refused' | 'held';
  /** Pure: no clock, no randomness, no input or output. */
  decide(command: CommandEnvelope<T, D>, states: States<R>, streams: R): Decision;
}

/** A definition whose types are checked where it is written, and erased where all definitions are handled alike. */
export type AnyCommandDefinition = CommandDefinition<string, unknown, Reads>;

export const defineCommand = <T extends string, D, R extends Reads>(
  definition: CommandDefinition<T, D, R>,
): CommandDefinition<T, D, R> => definition;

/** The definition of a command from a log; undefined for an unknown type. */
export type CommandCatalog = (type: string) => AnyCommandDefinition | undefined;
