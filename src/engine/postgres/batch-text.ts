import type { Epoch, Partition } from '../domain/ids.js';
import { FIRST_EPOCH, position } from '../domain/ids.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { FeedRecord } from '../log/feed-json.js';
import { eventOfRecord, eventRecord, receiptOfRecord, receiptRecord } from '../log/feed-json.js';
import { growthOf } from '../log/partition-follower.js';
import type { DecidedBatch, FeedBatch } from '../log/event-feed.js';
import type { TextSignature } from './text-signature.js';
import { signedText, textOfSigned } from './text-signature.js';

/** A record takes at least 300 bytes, so a larger batch exceeds the size of a notification. */
const MAX_RECORDS = 24;

/** The channel of decided batches. */
export const DECIDED = 'madang_decided';
const PLACE = { end: '}', before: ',"signature":' };

interface BatchRecord {
  readonly partition: Partition;
  /** Missing in notifications from programs without epochs. */
  readonly epoch?: Epoch | null;
  readonly head: number;
  readonly events: readonly FeedRecord[];
  readonly receipts: readonly FeedRecord[];
}

/** A decided batch as signed text; null for a batch that is too large. */
export function batchText(
  catalog: EventCatalog,
  signature: TextSignature,
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
  return signedText(signature, DECIDED, JSON.stringify(record), PLACE);
}

/**
 * A batch from a later version, unreadable here, becomes a bare head: followers read the event store. Of a text that
 * this deployment has not signed, only the partition is returned: it may come from the version before, or from anyone.
 * @throws the text has another format
 */
export function feedBatchOfText(
  catalog: EventCatalog,
  signature: TextSignature,
  signed: string,
): FeedBatch | { readonly unsigned: Partition } {
  const text = textOfSigned(signature, DECIDED, signed, PLACE);
  const { partition, epoch = FIRST_EPOCH, head, events, receipts } = JSON.parse(text ?? signed) as BatchRecord;
  if (text === null) return { unsigned: partition };
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
