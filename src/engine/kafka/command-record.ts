import { isUtf8 } from 'node:buffer';
import type { KafkaMessage } from 'kafkajs';
import { offset } from '../domain/ids.js';
import { MAX_COMMAND_BYTES, commandRecord, unreadableRecord } from '../log/command-json.js';
import type { CommandRecord } from '../log/command-log.js';
import { timeOf } from './record-time.js';

const NOTHING = Buffer.alloc(0);
/** Of what is no command, before it is cut to what is kept. */
const KEPT_BYTES = 64 * 1024;

/** Any producer may write to the topic: bytes that are no text are not made into some. */
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
  // None of ours: appending refuses it.
  if (bytes.length > MAX_COMMAND_BYTES)
    return unreadable(`${bytes.length} bytes, and a command has ${MAX_COMMAND_BYTES} at most`);
  if (!isUtf8(bytes)) return unreadable('not UTF-8');
  return commandRecord(place, keyText, bytes.toString(), timeOf(timestamp));
}
