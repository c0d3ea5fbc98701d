import { isUtf8 } from 'node:buffer';
import type { KafkaMessage } from 'kafkajs';
import { offset } from '../domain/ids.js';
import { MAX_COMMAND_BYTES, commandRecord, unreadableRecord } from '../log/command-json.js';
import type { CommandRecord } from '../log/command-log.js';
import { timeOf } from './record-time.js';

const NOTHING = Buffer.alloc(0);
/** Of a record that is no command, before its text is cut. */
const KEPT_BYTES = 64 * 1024;

/** Any producer may write to the topic: bytes that are not UTF-8 are refused, not replaced. */
export function readCommandRecord({
  offset: at,
  key,
  value,
  timestamp,
}: Pick<KafkaMessage, 'offset' | 'key' | 'value' | 'timestamp'>): CommandRecord {
  const place = offset(Number(at));
  const [keyText, bytes] = [key?.toString('utf8', 0, KEPT_BYTES) ?? null, value ?? NOTHING];
  const unreadable = (reason: string): CommandRecord =>
    unreadableRecord(place, { reason, payload: bytes.toString('utf8', 0, KEPT_BYTES), key: keyText });
  // A foreign record: our own append refuses this size.
  if (bytes.length > MAX_COMMAND_BYTES)
    return unreadable(`${bytes.length} bytes, and a command has ${MAX_COMMAND_BYTES} at most`);
  if (!isUtf8(bytes)) return unreadable('not UTF-8');
  return commandRecord(place, keyText, bytes.toString(), timeOf(timestamp));
}
