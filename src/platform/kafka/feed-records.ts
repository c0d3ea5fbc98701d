import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { Receipt } from '../../commands/receipt.js';
import type { RecordedEvent } from '../../events/event.js';
import type { Epoch, Partition } from '../../events/ids.js';
import { FIRST_EPOCH, epoch, position } from '../../events/ids.js';
import { schemaVersion } from '../../events/schemas.js';
import type { FeedRecord } from '../feed-json.js';
import { eventOfRecord, eventRecord, receiptOfRecord, receiptRecord } from '../feed-json.js';
import type { DecidedBatch, News } from '../ports/event-feed.js';
import type { LogMessage } from './record-batches.js';

const RECEIPT = 'CommandReceipt';
const RECEIPT_SCHEMA = 1;

function eventMessage(recorded: RecordedEvent, epochName: string): Message {
  const { type } = recorded.event;
  return {
    key: recorded.key,
    value: JSON.stringify(eventRecord(recorded)),
    headers: {
      type,
      schema: String(schemaVersion(type)),
      commandId: recorded.commandId,
      position: String(recorded.position),
      epoch: epochName,
      traceId: recorded.traceId,
    },
  };
}

function receiptMessage(receipt: Receipt, epochName: string): Message {
  return {
    key: receipt.key,
    value: JSON.stringify(receiptRecord(receipt)),
    headers: {
      type: RECEIPT,
      schema: String(RECEIPT_SCHEMA),
      commandId: receipt.commandId,
      position: String(receipt.position),
      epoch: epochName,
      traceId: receipt.traceId,
    },
  };
}

/** In decided order: the events of a command, then its receipt. */
export function feedMessages({ epoch: of, events, receipts }: DecidedBatch): Message[] {
  const messages: Message[] = [];
  const named = String(of ?? FIRST_EPOCH);
  let next = 0;
  for (const receipt of receipts) {
    for (; next < events.length && events[next]!.position <= receipt.position; next++) messages.push(eventMessage(events[next]!, named));
    messages.push(receiptMessage(receipt, named));
  }
  for (; next < events.length; next++) messages.push(eventMessage(events[next]!, named));
  return messages;
}

function header(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return Array.isArray(value) ? value[0]?.toString() : value?.toString();
}

/**
 * Fetched records as news, those of each epoch by themselves. A record that cannot be read counts by its position alone, as a hint: whoever
 * follows finds out in the event store. `unreadable` gets the reason.
 */
export function newsOf(partition: Partition, messages: readonly KafkaMessage[], unreadable: (error: unknown, offset: string) => void): readonly News[] {
  return byEpoch(messages).map(([epoch, records]) => ({ partition, epoch, ...contentOf(records, unreadable) }));
}

/** Records of a program that knew of no epochs are of the first one. */
const epochOf = ({ headers }: KafkaMessage): Epoch => {
  const named = Number(header(headers, 'epoch'));
  return Number.isSafeInteger(named) ? epoch(named) : FIRST_EPOCH;
};

function byEpoch(messages: readonly KafkaMessage[]): readonly (readonly [Epoch, KafkaMessage[]])[] {
  const runs: [Epoch, KafkaMessage[]][] = [];
  for (const message of messages) {
    const of = epochOf(message);
    const last = runs.at(-1);
    if (last?.[0] === of) last[1].push(message);
    else runs.push([of, [message]]);
  }
  return runs;
}

function contentOf(messages: readonly KafkaMessage[], unreadable: (error: unknown, offset: string) => void): Pick<News, 'head' | 'events' | 'receipts'> {
  const events: RecordedEvent[] = [];
  const receipts: Receipt[] = [];
  let head = 0;
  for (const message of messages) {
    const { undecodable, passed } = message as LogMessage;
    if (passed) continue;
    const { headers, value, offset } = message;
    if (undecodable) {
      unreadable(new Error(`the record batch at offsets ${undecodable.first} to ${undecodable.last} cannot be read: ${undecodable.reason}`), offset);
      continue;
    }
    const at = Number(header(headers, 'position'));
    const isReceipt = header(headers, 'type') === RECEIPT;
    // A receipt that is told again may be from another partition: its position says nothing about this one.
    if (!isReceipt && Number.isSafeInteger(at) && at > head) head = at;
    try {
      const record = JSON.parse(value?.toString() ?? '') as FeedRecord;
      if (isReceipt) receipts.push(receiptOfRecord(record));
      else events.push(eventOfRecord(record));
    } catch (error) {
      unreadable(error, offset);
    }
  }
  return { head: position(head), events, receipts };
}
