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
  /** Prefix of its streams' ids. */
  readonly name: string;
  readonly initialState: S;
  /** Raised when the shape of the state changes: snapshots of another version are not read. 1 where it is left out. */
  readonly stateVersion?: number;
  /** Called for events of its own streams only. Must not change `state`. */
  evolve(state: S, event: E): S;
}

/** One stream, and the aggregate that gives its events a meaning. */
export interface StreamRef<S> {
  readonly id: StreamId;
  // The event type is erased here: a reference is made by `streamOf` alone, which ties a stream to the aggregate that
  // wrote it.
  readonly aggregate: Aggregate<S, never>;
  /**
   * Written by the decider of another queue: what was read of it before may be out of date. False where it is left out.
   */
  readonly foreign?: boolean;
}

export const streamOf = <S, E extends AnyEvent>(aggregate: Aggregate<S, E>, id: string): StreamRef<S> => ({
  id: streamId(`${aggregate.name}-${id}`),
  aggregate,
});

/** The same stream for a command of another queue: it is read anew for each batch, and not written to. */
export const foreign = <S>(stream: StreamRef<S>): StreamRef<S> => ({ ...stream, foreign: true });

/** An event for the end of a stream. Its version and position are given by the log. */
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
 * One command: what it looks like, where it is decided, what it looks at and what it decides.
 * All streams that it reads or writes are in the partition of its key, so that one decider owns them all.
 */
export interface CommandDefinition<T extends string, D, R extends Reads> {
  readonly type: T;
  /** Schema version of `data`. */
  readonly version: number;
  readonly schema: z.ZodType<D>;
  /**
   * The queue that it is decided from; another one's decider would write to the same streams beside it. `commands`
   * where it is left out.
   */
  readonly queue?: string;
  /** What the command is partitioned by. */
  key(data: D): string;
  reads(data: D, command: CommandEnvelope<T, D>): R;
  /**
   * Whether the command has to wait, and with it what stands behind it in its partition, until the states say
   * otherwise. Pure.
   */
  held?(states: States<R>, command: CommandEnvelope<T, D>): boolean;
  /** Pure: no clock, no randomness, no input or output. */
  decide(command: CommandEnvelope<T, D>, states: States<R>, streams: R): Decision;
}

/** A definition whose types are checked where it is written and erased where all of them are handled alike. */
export type AnyCommandDefinition = CommandDefinition<string, unknown, Reads>;

export const defineCommand = <T extends string, D, R extends Reads>(
  definition: CommandDefinition<T, D, R>,
): CommandDefinition<T, D, R> => definition;

/** The definition of a command that was read from a log; undefined for a type that this program does not know. */
export type CommandCatalog = (type: string) => AnyCommandDefinition | undefined;
