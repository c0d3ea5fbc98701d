import type { Writable } from '../domain/readable.js';
import type { Rejection } from '../domain/receipt.js';
import { NOT_YET, engineRejection } from '../domain/receipt.js';
import type { CommandId, Partition } from '../domain/ids.js';
import type { Receipt } from '../domain/receipt.js';
import type { DeadLetter, Outcome } from '../store/event-store.js';
import type { DecidableCommand, MalformedCommand, ReadRecord } from './read-batch.js';
import type { StreamDraft } from './stream-states.js';

export interface DecidedRecords {
  readonly outcomes: readonly Outcome[];
  /** Receipts of commands that were decided before: announced again for waiting clients, stored once. */
  readonly repeated: readonly Receipt[];
  readonly deadLetters: readonly DeadLetter[];
  /** The index of the first record that has to wait, since not every process reads its events; -1 if there is none. */
  readonly held: number;
}

export interface DecideOptions {
  readonly queue: string;
  readonly partition: Partition;
  readonly draft: StreamDraft;
  /** Existing receipts. */
  readonly known: ReadonlyMap<CommandId, Receipt>;
  readonly writable: Writable;
  /** Called for a command whose decision threw: a fault of the program. */
  readonly onFault: (record: DecidableCommand, error: unknown) => void;
}

/** Decides records in order, in memory. Each decision sees the changes of the earlier ones. */
export function decideRecords(records: readonly ReadRecord[], options: DecideOptions): DecidedRecords {
  const { queue, partition, draft, known, writable, onFault } = options;
  const outcomes: Outcome[] = [];
  const repeated: Receipt[] = [];
  const deadLetters: DeadLetter[] = [];

  const deadLetter = (record: ReadRecord, reason: string): void => {
    const [key, payload] =
      record.kind === 'unreadable'
        ? [record.key, record.payload]
        : [record.command.key, JSON.stringify(record.command)];
    deadLetters.push({ source: queue, partition, place: record.offset, key, reason, payload });
  };

  for (const [index, record] of records.entries()) {
    if (record.kind === 'unreadable') {
      deadLetter(record, record.reason);
      continue;
    }
    const earlier = known.get(record.command.commandId);
    if (earlier) {
      repeated.push(earlier);
      continue;
    }
    if (record.kind === 'malformed') {
      deadLetter(record, record.reason);
      outcomes.push(rejected(record, engineRejection('MALFORMED_COMMAND')));
      continue;
    }
    try {
      const outcome = decide(record, draft, writable);
      if (outcome === 'held') return { outcomes, repeated, deadLetters, held: index };
      outcomes.push(outcome);
    } catch (error) {
      onFault(record, error);
      deadLetter(record, `deciding threw: ${error instanceof Error ? error.message : String(error)}`);
      outcomes.push(rejected(record, engineRejection('COMMAND_FAILED')));
    }
  }
  return { outcomes, repeated, deadLetters, held: -1 };
}

const outcomeOf = ({ command, offset, fingerprint }: DecidableCommand | MalformedCommand) => ({
  commandId: command.commandId,
  fingerprint,
  userId: command.userId,
  traceId: command.traceId,
  span: command.span,
  offset,
  key: command.key,
  at: new Date(command.at),
});

export const rejected = (record: DecidableCommand | MalformedCommand, reason: Rejection): Outcome => ({
  ...outcomeOf(record),
  rejection: reason,
  events: [],
});

/** The states that a command reads, by the names in its definition. */
export const statesOf = ({ streams }: DecidableCommand, draft: StreamDraft): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, draft.get(stream).state]));

function decide(record: DecidableCommand, draft: StreamDraft, { isWritable }: Writable): Outcome | 'held' {
  const { command, definition, streams } = record;
  const decision = definition.decide(command, statesOf(record, draft), streams);
  // Before the draft has any of them: a process that cannot read an event would stop at it.
  if (!decision.events.every(({ event }) => isWritable('event', event.type)))
    return definition.untilRead === 'held' ? 'held' : rejected(record, engineRejection(NOT_YET));
  const events = decision.events.map((event) => ({ ...event, version: draft.append(event) }));
  return { ...outcomeOf(record), rejection: decision.outcome === 'rejected' ? decision.rejection : null, events };
}
