import type { Epoch, Partition } from '../domain/ids.js';
import { FIRST_EPOCH, position } from '../domain/ids.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { FeedRecord } from '../log/feed-json.js';
import { eventOfRecord, eventRecord, receiptOfRecord, receiptRecord } from '../log/feed-json.js';
import { growthOf } from '../log/partition-follower.js';
import type { DecidedBatch, FeedBatch } from '../log/event-feed.js';

/** A record takes at least 300 bytes, so a larger batch exceeds the size of a notification. */
const MAX_RECORDS = 24;

interface BatchRecord {
  readonly partition: Partition;
  /** Missing in notifications from programs without epochs. */
  readonly epoch?: Epoch | null;
  readonly head: number;
  readonly events: readonly FeedRecord[];
  readonly receipts: readonly FeedRecord[];
}

/** A decided batch as text; null for a batch that is too large. */
export function batchText(
  catalog: EventCatalog,
  { partition, epoch, head, events, receipts }: DecidedBatch,
): string | null {
  if (events.length + receipts.length > MAX_RECORDS) return null;
  const record: BatchRecord = {
    partition,
    epoch,
    head,
    events: events.map((event) => eventRecord(catalog, event)),
    receipts: receipts.map(receiptRecord),
  };
  return JSON.stringify(record);
}

/** A batch from a later version, unreadable here, becomes a bare head: followers read the event store. */
export function feedBatchOfText(catalog: EventCatalog, text: string): FeedBatch {
  const { partition, epoch = FIRST_EPOCH, head, events, receipts } = JSON.parse(text) as BatchRecord;
  try {
    return {
      partition,
      epoch,
      head: position(head),
      events: events.map((event) => eventOfRecord(catalog, event)),
      receipts: receipts.map(receiptOfRecord),
    };
  } catch {
    return growthOf(partition, position(head));
  }
}
