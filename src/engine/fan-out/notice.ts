import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Partition, Position, TraceId } from '../domain/ids.js';

/** News of a room that is not in the log: told to those who are there, and not repeated to anyone. */
export interface Notice {
  readonly key: string;
  readonly partition: Partition;
  /** Behind it, whoever resumes misses no event. */
  readonly position: Position;
  readonly traceId: TraceId;
  readonly at: Date;
  /** What it says, as whoever renders it knows. */
  readonly notice: unknown;
}

/** What subscribers of a room are told. */
export type RoomUpdate = RecordedEvent | Notice;

export const isNotice = (update: LogEntry | Notice): update is Notice => 'notice' in update;
