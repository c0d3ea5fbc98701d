import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { Receipt } from '../../commands/receipt.js';
import type { RecordedEvent } from '../../events/event.js';
import type { Partition } from '../../events/ids.js';
import { position } from '../../events/ids.js';
import { readEvent, schemaVersion } from '../../events/schemas.js';
import type { DecidedBatch, News } from '../ports/event-feed.js';

const RECEIPT = 'CommandReceipt';
const RECEIPT_SCHEMA = 1;

function eventMessage(recorded: RecordedEvent): Message {
  const { event, ...place } = recorded;
  const schema = schemaVersion(event.type);
  return {
    key: recorded.key,
    value: JSON.stringify({ ...place, type: event.type, schema, data: event.data }),
    headers: {
      type: event.type,
      schema: String(schema),
      commandId: recorded.commandId,
      position: String(recorded.position),
      traceId: recorded.traceId,
    },
  };
}

function receiptMessage(receipt: Receipt): Message {
  return {
    key: receipt.key,
    value: JSON.stringify(receipt),
    headers: {
      type: RECEIPT,
      schema: String(RECEIPT_SCHEMA),
      commandId: receipt.commandId,
      position: String(receipt.position),
      traceId: receipt.traceId,
    },
  };
}

/** In decided order: the events of a command, then its receipt. */
export function feedMessages({ events, receipts }: DecidedBatch): Message[] {
  const messages: Message[] = [];
  let next = 0;
  for (const receipt of receipts) {
    for (; next < events.length && events[next]!.position <= receipt.position; next++) messages.push(eventMessage(events[next]!));
    messages.push(receiptMessage(receipt));
  }
  for (; next < events.length; next++) messages.push(eventMessage(events[next]!));
  return messages;
}

function header(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return Array.isArray(value) ? value[0]?.toString() : value?.toString();
}

/**
 * Fetched records as news. A record that cannot be read counts by its position alone, as a hint: whoever follows finds out in the event
 * store. `unreadable` gets the reason.
 */
export function newsOf(partition: Partition, messages: readonly KafkaMessage[], unreadable: (error: unknown, offset: string) => void): News {
  const events: RecordedEvent[] = [];
  const receipts: Receipt[] = [];
  let head = 0;
  for (const message of messages) {
    const { headers, value, offset } = message;
    const at = Number(header(headers, 'position'));
    const isReceipt = header(headers, 'type') === RECEIPT;
    // A receipt that is told again may be from another partition: its position says nothing about this one.
    if (!isReceipt && Number.isSafeInteger(at) && at > head) head = at;
    try {
      const record = JSON.parse(value?.toString() ?? '') as Record<string, unknown>;
      if (isReceipt) {
        receipts.push({ ...record, decidedAt: new Date(record.decidedAt as string) } as unknown as Receipt);
      } else {
        const { type, schema, data, ...place } = record;
        const event = readEvent(type as string, schema as number, data as Record<string, unknown>);
        events.push({ ...place, event, at: new Date(record.at as string) } as unknown as RecordedEvent);
      }
    } catch (error) {
      unreadable(error, offset);
    }
  }
  return { partition, head: position(head), events, receipts };
}
