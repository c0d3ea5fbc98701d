import type { AnyCommandDefinition, CommandCatalog, StreamRef } from '../domain/decide.js';
import type { CommandEnvelope } from '../domain/envelope.js';
import { fingerprint } from '../domain/fingerprint.js';
import type { CommandId, Offset } from '../domain/ids.js';
import type { CommandRecord } from '../log/command-log.js';

/** A command that can be decided. */
export interface DecidableCommand {
  readonly kind: 'decidable';
  readonly offset: Offset;
  readonly command: CommandEnvelope;
  readonly fingerprint: string;
  readonly definition: AnyCommandDefinition;
  readonly streams: Readonly<Record<string, StreamRef<unknown>>>;
}

/** A command that this program cannot decide: it gets a receipt, and becomes a dead letter. */
export interface MalformedCommand {
  readonly kind: 'malformed';
  readonly offset: Offset;
  readonly command: CommandEnvelope;
  readonly fingerprint: string;
  readonly reason: string;
}

/** A record that is no command: no client waits for its outcome. */
export interface UnreadableRecord {
  readonly kind: 'unreadable';
  readonly offset: Offset;
  readonly key: string | null;
  readonly reason: string;
  readonly payload: string;
}

export type ReadRecord = DecidableCommand | MalformedCommand | UnreadableRecord;

/** @param queue the queue of the record */
export function readRecord(definitions: CommandCatalog, record: CommandRecord, queue: string): ReadRecord {
  const { offset } = record;
  if ('unreadable' in record) return { kind: 'unreadable', offset, ...record.unreadable };

  const { command, misplaced } = record;
  const malformed = (reason: string): MalformedCommand => ({
    kind: 'malformed',
    offset,
    command,
    fingerprint: fingerprint(command),
    reason,
  });
  if (misplaced)
    return malformed(
      `${command.key} belongs to partition ${misplaced.belongs}, ` +
        `and this is in ${misplaced.partition}: let the key choose, ` +
        'as Kafka’s default partitioner does',
    );
  const definition = definitions(command.type);
  if (!definition) return malformed(`command type ${command.type} is unknown`);
  if (command.schema > definition.version)
    return malformed(`${command.type} has schema ${command.schema}, this program knows ${definition.version}`);
  const of = definition.queue ?? DEFAULT_QUEUE;
  if (of !== queue) return malformed(`${command.type} is a command of the queue ${of}, and this is ${queue}`);
  try {
    return (
      decidable(record.offset, command, definition) ??
      malformed(`${command.type} was partitioned by ${command.key}, not by what it is about`)
    );
  } catch (error) {
    // Also for a schema that throws, a fault of the program: one record must not stop its partition.
    return malformed(
      `${command.type} does not fit its schema: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const DEFAULT_QUEUE = 'commands';

/** @throws the error of the schema for data that does not fit. @returns null if the key is not that of the data */
function decidable(
  offset: Offset,
  command: CommandEnvelope,
  definition: AnyCommandDefinition,
): DecidableCommand | null {
  const data = definition.schema.parse(command.data);
  if (definition.key(data) !== command.key) return null;
  const checked = { ...command, data };
  return {
    kind: 'decidable',
    offset,
    command: checked,
    fingerprint: fingerprint(checked),
    definition,
    streams: definition.reads(data, checked),
  };
}

/**
 * Gives each command a time that is not before its predecessor's: the log's clock may have been set back, or another
 * broker or database may be behind.
 * @param since the time of the last earlier command of the same queue, if any. The times of another queue do not count:
 * the commands of this one may have waited long
 */
export function inOrderOfTime(records: readonly CommandRecord[], since: Date | null): readonly CommandRecord[] {
  let last = since?.getTime() ?? 0;
  return records.map((record) => {
    if ('unreadable' in record) return record;
    const at = Date.parse(record.command.at);
    if (at >= last) {
      last = at;
      return record;
    }
    return { ...record, command: { ...record.command, at: new Date(last).toISOString() } };
  });
}

/** The time of the last of these that has one; else `since`. */
export const lastTime = (records: readonly ReadRecord[], since: Date | null): Date | null => {
  const last = records.findLast((record) => record.kind !== 'unreadable');
  return last ? new Date(last.command.at) : since;
};

/** The first record of each commandId; a repetition within the batch is answered by its receipt. */
export function withoutRepeats(records: readonly ReadRecord[]): readonly ReadRecord[] {
  const seen = new Set<CommandId>();
  return records.filter((record) => {
    if (record.kind === 'unreadable') return true;
    const { commandId } = record.command;
    return !seen.has(commandId) && seen.add(commandId);
  });
}
