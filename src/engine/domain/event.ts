import type { CommandId, Partition, Position, StreamId, TraceId } from './ids.js';
import type { UnreadableEventError } from './upcast.js';

/** The shape that all events have. */
export interface AnyEvent {
  readonly type: string;
  readonly data: object;
}

/** An event as the log holds it. Never edited once stored, erasure aside. */
export interface RecordedEvent<E extends AnyEvent = AnyEvent> {
  readonly partition: Partition;
  readonly position: Position;
  /** The id of the room, user, handle or campaign that the event is about: what it was partitioned by. */
  readonly key: string;
  readonly stream: StreamId;
  /** 1, 2, 3 … within its stream. */
  readonly version: number;
  readonly event: E;
  readonly commandId: CommandId;
  readonly traceId: TraceId;
  /** When the log took the command, by the log's clock: never before the event in front of it in its partition. */
  readonly at: Date;
}

/** What a fold looks at: what happened, where in the log, and when. */
export type FoldedEvent<E extends AnyEvent = AnyEvent> = Pick<
  RecordedEvent<E>,
  'event' | 'partition' | 'position' | 'at'
>;

/**
 * What the log holds where this program cannot read the event: its type is unknown, or its schema is newer. Where it
 * stands is known, and what it says is not: whoever reads in order must not pass it as if nothing had happened.
 */
export interface UnreadableEvent extends Omit<RecordedEvent, 'event'> {
  readonly unreadable: UnreadableEventError;
  readonly stored: { readonly type: string; readonly schema: number; readonly data: unknown };
}

/** Whatever stands at one position of the log. */
export type LogEntry<E extends AnyEvent = AnyEvent> = RecordedEvent<E> | UnreadableEvent;

export const isReadable = <E extends AnyEvent>(entry: LogEntry<E>): entry is RecordedEvent<E> =>
  !('unreadable' in entry);
