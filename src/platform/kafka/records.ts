import type { KafkaMessage } from 'kafkajs';
import { offset } from '../../events/ids.js';
import type { CommandRecord, PassedRecord } from '../ports/command-log.js';
import { readCommandRecord } from './command-record.js';
import type { LogMessage } from './record-batches.js';

/** What a message of a command topic is to those who read commands. */
export function recordOf(message: KafkaMessage): CommandRecord | PassedRecord {
  const at = offset(Number(message.offset));
  const { undecodable, passed } = message as LogMessage;
  if (passed) return { offset: at, passed };
  if (!undecodable) return readCommandRecord(message);
  const { first, last, reason, bytes } = undecodable;
  return {
    offset: at,
    unreadable: { reason: `the record batch at offsets ${first} to ${last} cannot be read: ${reason}`, payload: bytes.toString('base64'), key: null },
  };
}
