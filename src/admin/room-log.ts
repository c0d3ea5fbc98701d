import type { LogEntry } from '../engine/domain/event.js';
import { isReadable } from '../engine/domain/event.js';
import type { Partition, Position, UserId } from '../engine/domain/ids.js';
import { ERASED_USER, position } from '../engine/domain/ids.js';
import { partitionOf } from '../engine/log/partitioning.js';
import type { EventStore } from '../engine/store/event-store.js';
import { EVENTS } from '../events/definitions.js';
import { ofDomain } from '../events/event.js';
import type { RoomId } from '../events/ids.js';

export interface RoomLogAccess {
  readonly events: Pick<EventStore, 'readKeyEntries' | 'readKeyEntriesBack'>;
  readonly partitions: number;
  /** Whether the account is known to be deleted: the record is erased a moment later. */
  readonly isDeleted: (userId: UserId) => boolean;
}

export interface RoomLogQuery {
  readonly limit: number;
  /** Only the events after it, oldest first. */
  readonly after: Position | null;
  /** Only the events before it. */
  readonly before: Position | null;
}

/** One event as an operator sees it. */
export interface ShownEntry extends Omit<LogEntry, 'event' | 'unreadable' | 'stored'> {
  readonly type: string;
  /** As it is stored where this program cannot read it. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly isReadable: boolean;
}

export const partitionOfRoom = ({ partitions }: Pick<RoomLogAccess, 'partitions'>, roomId: RoomId): Partition =>
  partitionOf(roomId, partitions);

/**
 * A part of a room's log: the newest events first, or with `after` the next ones, in order. One entry more than the
 * limit says that there are more.
 */
export async function readRoomLog(
  access: RoomLogAccess,
  roomId: RoomId,
  { limit, after, before }: RoomLogQuery,
): Promise<readonly ShownEntry[]> {
  const { events, isDeleted } = access;
  const partition = partitionOfRoom(access, roomId);
  const entries =
    after === null
      ? await events.readKeyEntriesBack(partition, roomId, before, limit)
      : await events.readKeyEntries(partition, roomId, position(after), limit);
  return entries.map((entry) => shownEntry(entry, isDeleted));
}

/** An unreadable event is shown as it is stored. The data of deleted accounts is left out. */
export function shownEntry(entry: LogEntry, isDeleted: (userId: UserId) => boolean): ShownEntry {
  const { partition, position: at, key, stream, version, commandId, traceId, at: time } = entry;
  const place = { partition, position: at, key, stream, version, commandId, traceId, at: time };
  if (!isReadable(entry)) {
    const { type, data } = entry.stored;
    return { ...place, type, data: data as ShownEntry['data'], isReadable: false };
  }
  const { type, data } = ofDomain(entry).event;
  return { ...place, type, data: withoutDeleted(type, data, isDeleted), isReadable: true };
}

/** As the record will have it, once it is erased. */
function withoutDeleted(
  type: keyof typeof EVENTS,
  data: object,
  isDeleted: (userId: UserId) => boolean,
): Readonly<Record<string, unknown>> {
  const personal: Readonly<Record<string, 'no' | 'user' | { readonly becomes: unknown }>> = EVENTS[type].personal;
  const fields = Object.entries(data as Readonly<Record<string, unknown>>);
  const isOfDeleted = fields.some(([name, value]) => {
    const rule = personal[name];
    const isUser = rule === 'user' || (typeof rule === 'object' && rule.becomes === ERASED_USER);
    return isUser && isDeleted(value as UserId);
  });
  if (!isOfDeleted) return Object.fromEntries(fields);
  return Object.fromEntries(
    fields.map(([name, value]) => {
      const rule = personal[name];
      return [name, typeof rule === 'object' ? rule.becomes : value];
    }),
  );
}
