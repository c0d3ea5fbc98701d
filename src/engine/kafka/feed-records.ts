import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { Receipt } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Epoch, Partition } from '../domain/ids.js';
import { FIRST_EPOCH, epoch, position } from '../domain/ids.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { FeedRecord } from '../log/feed-json.js';
import { eventOfRecord, eventRecord, receiptOfRecord, receiptRecord } from '../log/feed-json.js';
import type { DecidedBatch, FeedBatch } from '../log/event-feed.js';
import type { FeedSignature } from './feed-signature.js';
import type { LogMessage } from './record-batches.js';

const RECEIPT = 'CommandReceipt';
const RECEIPT_SCHEMA = 1;

const FEED_HEADERS = ['type', 'epoch', 'position', 'signature'] as const;

/** In decided order: the events of a command, then its receipt. */
export function feedMessages(
  catalog: EventCatalog,
  { partition, epoch: of, events, receipts }: DecidedBatch,
  signature: FeedSignature,
): Message[] {
  const messages: Message[] = [];
  const named = String(of ?? FIRST_EPOCH);

  const add = (
    type: string,
    schema: number,
    record: FeedRecord,
    { key, commandId, traceId, position: at }: RecordedEvent | Receipt,
  ): void => {
    const value = JSON.stringify(record);
    const fields = { type, epoch: named, position: String(at) };
    const headers = {
      ...fields,
      schema: String(schema),
      commandId,
      traceId,
      signature: signature.sign({ partition, value, ...fields }),
    };
    messages.push({ key, value, headers });
  };
  const addEvent = (recorded: RecordedEvent): void =>
    add(recorded.event.type, catalog.schemaVersion(recorded.event.type), eventRecord(catalog, recorded), recorded);

  let next = 0;
  for (const receipt of receipts) {
    for (; next < events.length && events[next]!.position <= receipt.position; next++) addEvent(events[next]!);
    add(RECEIPT, RECEIPT_SCHEMA, receiptRecord(receipt), receipt);
  }
  for (; next < events.length; next++) addEvent(events[next]!);
  return messages;
}

function header(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return Array.isArray(value) ? value[0]?.toString() : value?.toString();
}

/** Empty for a record without one. */
export const signatureIn = ({ headers }: Pick<Message, 'headers'>): string => header(headers, 'signature') ?? '';

export interface FeedReading {
  readonly catalog: EventCatalog;
  readonly partition: Partition;
  readonly signature: FeedSignature;
  /** A record of this deployment that this program cannot read: it counts as a bare head by its position. */
  unreadable(error: unknown, offset: string): void;
  /** Records of other writers, or of unknown origin. */
  foreign(records: number): void;
}

interface Fetched {
  readonly message: KafkaMessage;
  readonly type: string;
  readonly epoch: Epoch;
  readonly position: number;
}

/** Fetched records as feed batches, one per epoch. Foreign records become one doubtful batch before the others. */
export function feedBatchesOf(messages: readonly KafkaMessage[], reading: FeedReading): readonly FeedBatch[] {
  const present = messages.filter((message) => !(message as LogMessage).passed);
  const ours = present.flatMap((message) => signedBy(message, reading) ?? []);
  const foreign = present.length - ours.length;
  if (foreign > 0) reading.foreign(foreign);
  const { partition } = reading;
  return [
    ...(foreign > 0
      ? [{ partition, epoch: null, doubtful: true, head: position(0), events: [], receipts: [] } as const]
      : []),
    ...byEpoch(ours).map(([of, records]) => ({ partition, epoch: of, ...contentOf(records, reading) })),
  ];
}

/** Null for a record that is not of this deployment and partition. An unreadable batch may contain some. */
function signedBy(message: KafkaMessage, { partition, signature }: FeedReading): Fetched | null {
  const { value, headers } = message;
  if ((message as LogMessage).undecodable || !value) return null;
  const [type, named, at, signed] = FEED_HEADERS.map((name) => header(headers, name));
  if (type === undefined || named === undefined || at === undefined) return null;
  if (!signature.isOurs({ partition, type, epoch: named, position: at, value }, signed)) return null;
  return { message, type, epoch: epoch(Number(named)), position: Number(at) };
}

function byEpoch(fetched: readonly Fetched[]): readonly (readonly [Epoch, Fetched[]])[] {
  const runs: [Epoch, Fetched[]][] = [];
  for (const record of fetched) {
    const last = runs.at(-1);
    if (last?.[0] === record.epoch) last[1].push(record);
    else runs.push([record.epoch, [record]]);
  }
  return runs;
}

function contentOf(
  fetched: readonly Fetched[],
  { catalog, unreadable }: FeedReading,
): Pick<FeedBatch, 'head' | 'events' | 'receipts'> {
  const events: RecordedEvent[] = [];
  const receipts: Receipt[] = [];
  let head = 0;
  for (const { message, type, position: at } of fetched) {
    const isReceipt = type === RECEIPT;
    // A repeated receipt may be of another partition: its position says nothing about this one.
    if (!isReceipt && at > head) head = at;
    try {
      const record = JSON.parse(message.value!.toString()) as FeedRecord;
      if (isReceipt) receipts.push(receiptOfRecord(record));
      else events.push(eventOfRecord(catalog, record));
    } catch (error) {
      unreadable(error, message.offset);
    }
  }
  return { head: position(head), events, receipts };
}
