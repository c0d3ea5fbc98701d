import type { KafkaMessage } from 'kafkajs';
import type { Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import { unreadableRecord } from '../log/command-json.js';
import { partitionOf } from '../log/partitioning.js';
import type { CommandRecord, PassedRecord } from '../log/command-log.js';
import { readCommandRecord } from './command-record.js';
import type { LogMessage } from './record-batches.js';

/** A message in a partition of a command topic as a record for readers of commands. */
export function recordOf(
  message: KafkaMessage,
  partition: Partition,
  partitions: number,
): CommandRecord | PassedRecord {
  const at = offset(Number(message.offset));
  const { undecodable, passed } = message as LogMessage;
  if (passed) return { offset: at, passed };
  if (!undecodable) return placed(readCommandRecord(message), partition, partitions);
  const { first, last, reason, bytes } = undecodable;
  return unreadableRecord(at, {
    reason: `the record batch at offsets ${first} to ${last} cannot be read: ${reason}`,
    payload: bytes.toString('base64'),
    key: null,
  });
}

/** The command's own key gives the partition, whatever the key of the record is. */
function placed(record: CommandRecord, partition: Partition, partitions: number): CommandRecord {
  if (!('command' in record)) return record;
  const belongs = partitionOf(record.command.key, partitions);
  return belongs === partition ? record : { ...record, misplaced: { partition, belongs } };
}
