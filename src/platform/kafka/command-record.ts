import { isUtf8 } from 'node:buffer';
import type { KafkaMessage } from 'kafkajs';
import { offset } from '../../events/ids.js';
import { commandRecord } from '../command-json.js';
import type { CommandRecord } from '../ports/command-log.js';
import { timeOf } from './record-time.js';

/** Any producer may write to the topic: bytes that are no text are not made into some. */
export function readCommandRecord({ offset: at, key, value, timestamp }: Pick<KafkaMessage, 'offset' | 'key' | 'value' | 'timestamp'>): CommandRecord {
  const place = offset(Number(at));
  const [keyText, payload] = [key?.toString() ?? null, value?.toString() ?? ''];
  if (value && !isUtf8(value)) return { offset: place, unreadable: { reason: 'not UTF-8', payload, key: keyText } };
  return commandRecord(place, keyText, payload, timeOf(timestamp));
}
