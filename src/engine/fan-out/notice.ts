import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Partition, Position, TraceId } from '../domain/ids.js';

/** A message about a room that is not in the log: sent to the present subscribers, never repeated. */
export interface Notice {
  readonly key: string;
  readonly partition: Partition;
  /** A subscriber that resumes after this position misses no event. */
  readonly position: Position;
  readonly traceId: TraceId;
  readonly at: Date;
  /** The content, known to its renderer. */
  readonly notice: unknown;
}

/** An update for the subscribers of a room. */
export type RoomUpdate = RecordedEvent | Notice;

export const isNotice = (update: LogEntry | Notice): update is Notice => 'notice' in update;
