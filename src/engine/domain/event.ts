import type { CommandId, Partition, Position, SpanId, StreamId, TraceId } from './ids.js';
import type { UnreadableEventError } from './upcast.js';

export interface AnyEvent {
  readonly type: string;
  readonly data: object;
}

/** An event as the log holds it. Never edited once stored, erasure aside. */
export interface RecordedEvent<E extends AnyEvent = AnyEvent> {
  readonly partition: Partition;
  readonly position: Position;
  /** The id of the room, user, handle or campaign that the event is about. It gave the partition. */
  readonly key: string;
  readonly stream: StreamId;
  /** 1, 2, 3 … within its stream. */
  readonly version: number;
  readonly event: E;
  readonly commandId: CommandId;
  readonly traceId: TraceId;
  /** Of a sampled trace alone: the span in which the command was decided. In the feed, and not in the store. */
  readonly span?: SpanId | undefined;
  /** When the log took the command, by the clock of the log: never before the previous event of its partition. */
  readonly at: Date;
}

/** The part of an event that a fold uses. */
export type FoldedEvent<E extends AnyEvent = AnyEvent> = Pick<
  RecordedEvent<E>,
  'event' | 'partition' | 'position' | 'at'
>;

/**
 * An event that this program cannot read: its type is unknown, or its schema is newer. Its place is known, its content
 * is not: a reader in order must not pass it as if it did not exist.
 */
export interface UnreadableEvent extends Omit<RecordedEvent, 'event'> {
  readonly unreadable: UnreadableEventError;
  readonly stored: { readonly type: string; readonly schema: number; readonly data: unknown };
}

/** The entry at one position of the log. */
export type LogEntry<E extends AnyEvent = AnyEvent> = RecordedEvent<E> | UnreadableEvent;

export const isReadable = <E extends AnyEvent>(entry: LogEntry<E>): entry is RecordedEvent<E> =>
  !('unreadable' in entry);
