import type { Receipt } from '../domain/receipt.js';
import type { FoldedEvent, LogEntry, RecordedEvent } from '../domain/event.js';
import type { CommandId, Partition } from '../domain/ids.js';
import type { StoredOutcome } from '../store/event-store.js';
import { commandId, offset, position, streamId, traceId, userId } from '../domain/ids.js';
import { isReadable } from '../domain/event.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import { UnreadableEventError } from '../domain/upcast.js';

export interface EventRow {
  readonly partition: number;
  readonly position: number;
  readonly key: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly schema: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly command_id: string;
  readonly trace_id: string;
  readonly at: Date;
}

export const EVENT_COLUMNS =
  'e.partition, e.position, e.key, e.stream, e.version, e.type, e.schema, e.data, e.command_id, e.trace_id, e.at';

const placeOf = (row: EventRow): Omit<RecordedEvent, 'event'> => ({
  partition: row.partition,
  position: position(row.position),
  key: row.key,
  stream: streamId(row.stream),
  version: row.version,
  commandId: commandId(row.command_id),
  traceId: traceId(row.trace_id),
  at: row.at,
});

const readEvent = (catalog: EventCatalog, row: EventRow): RecordedEvent => ({
  ...placeOf(row),
  event: catalog.read(row.type, row.schema, row.data),
});

/** @throws {UnreadableEventError} names the place of the event */
export function eventOf(catalog: EventCatalog, row: EventRow): RecordedEvent {
  try {
    return readEvent(catalog, row);
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    const place = `position ${row.position} of partition ${row.partition}, stream ${row.stream}`;
    throw new UnreadableEventError(`${error.message} (${place})`, { cause: error });
  }
}

/** The same, with an unreadable event as an entry. */
export function entryOf(catalog: EventCatalog, row: EventRow): LogEntry {
  try {
    return readEvent(catalog, row);
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    return { ...placeOf(row), unreadable: error, stored: { type: row.type, schema: row.schema, data: row.data } };
  }
}

/** The columns that a fold uses, in this order. The time in microseconds: a number needs no parsing. */
export const FOLDED_COLUMNS =
  "e.position, e.type, e.schema, e.data, (date_part('epoch', e.at) * 1000000)::bigint AS at";
export type FoldedRow = readonly [
  position: number,
  type: string,
  schema: number,
  data: Readonly<Record<string, unknown>>,
  at: number,
];

/** @throws {UnreadableEventError} */
export const foldedOf = (
  catalog: EventCatalog,
  partition: Partition,
  [at, type, schema, data, micros]: FoldedRow,
): FoldedEvent => ({
  partition,
  position: position(at),
  event: catalog.read(type, schema, data),
  at: new Date(Math.floor(micros / 1_000)),
});

export interface ReceiptRow {
  readonly command_id: string;
  readonly fingerprint: string;
  readonly user_id: string;
  readonly trace_id: string;
  readonly queue: string;
  readonly key: string;
  readonly partition: number;
  readonly command_offset: number;
  readonly rejection_code: string | null;
  readonly rejection_message: string | null;
  readonly position: number;
  readonly events: number;
  readonly decided_at: Date;
  readonly number: number | null;
}

/**
 * Columns by name, here and in every other statement: the result of a prepared statement must not change when a newer
 * program adds a column.
 */
export const RECEIPT_COLUMNS =
  'r.command_id, r.fingerprint, r.user_id, r.trace_id, r.queue, r.key, r.partition, r.command_offset, ' +
  'r.rejection_code, r.rejection_message, r.position, r.events, r.decided_at, r.number';

export const receiptOf = (row: ReceiptRow): Receipt => ({
  commandId: commandId(row.command_id),
  fingerprint: row.fingerprint,
  userId: userId(row.user_id),
  traceId: traceId(row.trace_id),
  queue: row.queue,
  key: row.key,
  partition: row.partition,
  offset: offset(row.command_offset),
  rejection: row.rejection_code === null ? null : { code: row.rejection_code, message: row.rejection_message ?? '' },
  position: position(row.position),
  events: row.events,
  decidedAt: row.decided_at,
  ...(row.number === null ? {} : { number: row.number }),
});

/** Beside a receipt `r`: the columns of one of its events `e` that differ from those of the receipt. */
export const OUTCOME_EVENT_COLUMNS =
  'e.position AS event_position, e.key AS event_key, e.stream, e.version, e.type, e.schema, ' +
  'e.data, e.trace_id AS event_trace_id, e.at';

export type OutcomeRow = ReceiptRow &
  (
    | ({ readonly event_position: number; readonly event_key: string; readonly event_trace_id: string } & Pick<
        EventRow,
        'stream' | 'version' | 'type' | 'schema' | 'data' | 'at'
      >)
    | { readonly event_position: null }
  );

/** @param rows grouped by receipt, the events of each in order */
export function outcomesOf(catalog: EventCatalog, rows: readonly OutcomeRow[]): ReadonlyMap<CommandId, StoredOutcome> {
  const found = new Map<CommandId, { readonly receipt: Receipt; events: LogEntry[] }>();
  for (const row of rows) {
    const id = commandId(row.command_id);
    const outcome = found.get(id) ?? { receipt: receiptOf(row), events: [] };
    found.set(id, outcome);
    if (row.event_position !== null)
      outcome.events.push(
        entryOf(catalog, { ...row, position: row.event_position, key: row.event_key, trace_id: row.event_trace_id }),
      );
  }
  return new Map(
    Array.from(found, ([id, { receipt, events }]) => [
      id,
      { receipt, events: events.length === receipt.events && events.every(isReadable) ? events : null },
    ]),
  );
}
