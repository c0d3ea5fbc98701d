import type { Epoch, Partition } from '../domain/ids.js';
import { FIRST_EPOCH, position } from '../domain/ids.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { FeedRecord } from '../log/feed-json.js';
import { eventOfRecord, eventRecord, receiptOfRecord, receiptRecord } from '../log/feed-json.js';
import { growthOf } from '../log/partition-follower.js';
import type { DecidedBatch, FeedBatch } from '../log/event-feed.js';

/**
 * A record takes 300 bytes and more: a batch of more than these is too long for a notification, and not worth being
 * written as JSON.
 */
const MAX_RECORDS = 24;

interface BatchRecord {
  readonly partition: Partition;
  /** Left out by programs that knew of none. */
  readonly epoch?: Epoch | null;
  readonly head: number;
  readonly events: readonly FeedRecord[];
  readonly receipts: readonly FeedRecord[];
}

/** A decided batch as text, or null where there is too much of it. */
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

/** One that this program cannot read, of a later version, is a hint: whoever follows finds out in the event store. */
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
