import type { Receipt } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import type { EventCatalog } from '../domain/event-catalog.js';

/** Events and receipts in the feed between processes: JSON objects, times in ISO 8601. */
export type FeedRecord = Readonly<Record<string, unknown>>;

export function eventRecord(catalog: EventCatalog, { event, ...place }: RecordedEvent): FeedRecord {
  return { ...place, type: event.type, schema: catalog.schemaVersion(event.type), data: event.data };
}

/** @throws the type or schema of the event is unknown to this program, or the data does not fit */
export function eventOfRecord(catalog: EventCatalog, record: FeedRecord): RecordedEvent {
  const { type, schema, data, ...place } = record;
  const event = catalog.read(type as string, schema as number, data as Record<string, unknown>);
  return { ...place, event, at: new Date(record.at as string) } as unknown as RecordedEvent;
}

export const receiptRecord = (receipt: Receipt): FeedRecord => ({ ...receipt });

export const receiptOfRecord = (record: FeedRecord): Receipt =>
  ({ ...record, decidedAt: new Date(record.decidedAt as string) }) as unknown as Receipt;
