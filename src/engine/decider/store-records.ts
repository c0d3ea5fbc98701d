import type { CommandId, Epoch, Offset, Partition } from '../domain/ids.js';
import type { Receipt } from '../domain/receipt.js';
import type { Writable } from '../domain/readable.js';
import { engineRejection, isProvisional } from '../domain/receipt.js';
import { UnreadableEventError } from '../domain/upcast.js';
import type { CommandBatch } from '../log/command-log.js';
import { isolate } from '../runtime/isolate.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { DeadLetters } from '../store/dead-letters.js';
import type { CountedRecord, DeadLetter, EventStore } from '../store/event-store.js';
import type { DecidedRecords } from './decide-batch.js';
import { decideRecords, rejected, statesOf } from './decide-batch.js';
import type { Pace } from './pacing.js';
import type { Publisher } from './publisher.js';
import type { DecidableCommand, ReadRecord } from './read-batch.js';
import { lastTime } from './read-batch.js';
import type { StreamDraft, StreamStates } from './stream-states.js';

/** A conflict means that something was read too early, and a new read resolves it. More in a row are a fault. */
const MAX_CONFLICTS = 5;

/** Another process owns the partition now. */
class FencedError extends Error {
  readonly code = 'SUPERSEDED';
}

/** A partition while this process decides it. */
export interface OwnedPartition {
  readonly states: StreamStates;
  readonly publisher: Publisher;
  /** The epoch of the states, and of the decisions on them. */
  readonly epoch: Epoch;
  /** Of the batch that is being decided. */
  markBefore: CommandBatch['markBefore'];
  /** The next command to decide. */
  next: Offset;
  /**
   * The time of the last decided command of this queue, also by an earlier owner: no command is decided at an earlier
   * time.
   */
  lastAt: Date | null;
  /** In a queue that counts: the records of the batch at and after `next` that count, in order. */
  uncounted: readonly CountedRecord[];
}

export interface RecordStoreOptions {
  /** The name of the checkpoint. */
  readonly queue: string;
  readonly store: EventStore;
  readonly deadLetters: DeadLetters;
  readonly isTransient: (error: unknown) => boolean;
  readonly pace: Pace;
  readonly writable: Writable;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

/**
 * Decides and stores these records up to the first held one, or all of them. A command that the database never takes
 * must not stop its partition: it gets a receipt that says so.
 * @param end the offset after the last of them
 * @returns the number of decided ones
 * @throws the same may succeed later, or the partition has another owner
 */
export type StoreRecords = (
  partition: Partition,
  own: OwnedPartition,
  records: readonly ReadRecord[],
  end: Offset,
) => Promise<number>;

export function createRecordStore(options: RecordStoreOptions): StoreRecords {
  const { queue, store, deadLetters, isTransient, pace, writable, logger, metrics } = options;

  const storeBatch = async (
    partition: Partition,
    own: OwnedPartition,
    wanted: readonly ReadRecord[],
    end: Offset,
  ): Promise<number> => {
    let known: ReadonlyMap<CommandId, Receipt> = new Map();
    for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
      await own.states.load(
        wanted.flatMap((record) => (record.kind === 'decidable' ? Object.values(record.streams) : [])),
      );
      const draft = own.states.draft();
      const held = wanted.findIndex((record) => record.kind === 'decidable' && isHeld(record, draft));
      if (held === 0) return 0;
      const candidates = held < 0 ? wanted : wanted.slice(0, held);
      const decided = decideRecords(candidates, {
        queue,
        partition,
        draft,
        known,
        writable,
        onFault: ({ command }, error) =>
          logger.error(
            { err: error, traceId: command.traceId, commandId: command.commandId, type: command.type },
            'deciding a command threw',
          ),
      });
      if (decided.held === 0) return 0;
      const records = decided.held < 0 ? candidates : candidates.slice(0, decided.held);
      const to = wanted[records.length]?.offset ?? end;
      const lastAt = lastTime(records, own.lastAt);
      const result = await store.commit({
        queue,
        partition,
        epoch: own.epoch,
        from: own.next,
        to,
        mark: own.markBefore(to),
        lastAt,
        published: own.publisher.published,
        outcomes: decided.outcomes,
        snapshots: draft.snapshots(),
        deadLetters: decided.deadLetters,
        counted: own.uncounted.filter(({ offset }) => offset < to),
      });
      switch (result.status) {
        case 'committed':
          passTo(own, to);
          own.lastAt = lastAt;
          own.states.keep(draft);
          own.publisher.push({ ...result.batch, receipts: [...result.batch.receipts, ...decided.repeated] }, to);
          if (records.length > 0) pace.stored({ partition, records: records.length, ...result.timing });
          note(decided, records);
          await deadLetters.report(decided.deadLetters);
          return records.length;
        case 'superseded':
          throw new FencedError(
            `partition ${partition} of ${queue} is decided by another process now, ` +
              'or the database is another one than it was',
          );
        case 'conflict':
          if (result.on === 'receipt') known = await finalReceipts(records);
          else own.states.clear();
          break;
        default:
          result satisfies never;
      }
    }
    throw new Error(
      `partition ${partition} of ${queue}: storing a batch met conflicts ${MAX_CONFLICTS} times in a row`,
    );
  };

  /** The existing receipts. A provisional one is withdrawn if its command has come again. */
  const finalReceipts = async (records: readonly ReadRecord[]): Promise<ReadonlyMap<CommandId, Receipt>> => {
    const known = new Map(await store.receipts(commandIdsOf(records)));
    const again = records.flatMap((record) => {
      const receipt = record.kind === 'decidable' ? known.get(record.command.commandId) : undefined;
      const isAgain =
        receipt && record.kind === 'decidable' && isProvisional(receipt) && receipt.fingerprint === record.fingerprint;
      return isAgain ? [{ commandId: receipt.commandId, before: record.offset }] : [];
    });
    if (again.length > 0) await store.withdraw(queue, again);
    for (const { commandId } of again) known.delete(commandId);
    return known;
  };

  const note = (decided: DecidedRecords, records: readonly ReadRecord[]): void => {
    const typeOf = new Map(
      records.flatMap((record) =>
        record.kind === 'unreadable' ? [] : [[record.command.commandId, record.command.type]],
      ),
    );
    for (const outcome of decided.outcomes) {
      const type = typeOf.get(outcome.commandId) ?? 'unknown';
      if (outcome.rejection) metrics.commandsRejected.inc({ type, code: outcome.rejection.code });
      else metrics.commandsDecided.inc({ type });
      logger.debug(
        {
          traceId: outcome.traceId,
          commandId: outcome.commandId,
          type,
          events: outcome.events.length,
          rejection: outcome.rejection?.code,
        },
        'command decided',
      );
    }
    for (const receipt of decided.repeated)
      metrics.commandsRepeated.inc({ type: typeOf.get(receipt.commandId) ?? 'unknown' });
  };

  const deadLetter = async (
    partition: Partition,
    own: OwnedPartition,
    record: ReadRecord,
    to: Offset,
    error: unknown,
  ): Promise<void> => {
    const reason = `storing its outcome failed: ${error instanceof Error ? error.message : String(error)}`;
    // The database may have refused the payload.
    const letter: DeadLetter = {
      source: queue,
      partition,
      place: record.offset,
      key: record.kind === 'unreadable' ? null : storable(record.command.key),
      reason,
      payload: escapedPayload(record),
    };
    const result = await store.commit({
      queue,
      partition,
      epoch: own.epoch,
      from: own.next,
      to,
      mark: own.markBefore(to),
      // Not the command's time, which the database may have refused.
      lastAt: own.lastAt,
      published: own.publisher.published,
      outcomes: record.kind === 'unreadable' ? [] : [rejected(record, engineRejection('COMMAND_FAILED'))],
      snapshots: [],
      deadLetters: [letter],
      counted: own.uncounted.filter(({ offset }) => offset < to),
    });
    if (result.status !== 'committed')
      throw new FencedError(`partition ${partition} of ${queue} moved while a command was dead-lettered`);
    passTo(own, to);
    own.publisher.push(result.batch, to);
    if (record.kind !== 'unreadable') {
      const { traceId, commandId, type } = record.command;
      logger.error(
        { traceId, commandId, type, reason, ...refusalOf(error) },
        'storing the outcome of a command failed',
      );
      metrics.commandsRejected.inc({ type, code: 'COMMAND_FAILED' });
    }
    await deadLetters.report([letter]);
  };

  /** The pacer learns of a transient failure; any other may come from outdated states. */
  const storeOrForget = async (
    partition: Partition,
    own: OwnedPartition,
    records: readonly ReadRecord[],
    end: Offset,
  ): Promise<number> => {
    try {
      return await storeBatch(partition, own, records, end);
    } catch (error) {
      if (isTransient(error)) pace.failed(partition, error);
      else if (!(error instanceof FencedError)) own.states.clear();
      throw error;
    }
  };

  return async (partition, own, records, end) => {
    const { done, refused } = await isolate(records, {
      handle: (items, after) => storeOrForget(partition, own, items, after?.offset ?? end),
      isTheirs: (error, alone) =>
        records.length > 0 &&
        !(error instanceof FencedError || isTransient(error)) &&
        // A newer program wrote a stream: the command waits for a decider that can read it, since an outcome would be
        // final.
        !(alone && error instanceof UnreadableEventError),
    });
    if (!refused) return done;
    await deadLetter(partition, own, refused.item, records[done + 1]?.offset ?? end, refused.error);
    return done + 1;
  };
}

function passTo(own: OwnedPartition, to: Offset): void {
  own.next = to;
  own.uncounted = own.uncounted.filter(({ offset }) => offset >= to);
}

const isHeld = (record: DecidableCommand, draft: StreamDraft): boolean =>
  record.definition.held?.(statesOf(record, draft), record.command) ?? false;

const commandIdsOf = (records: readonly ReadRecord[]): readonly CommandId[] =>
  records.flatMap((record) => (record.kind === 'unreadable' ? [] : [record.command.commandId]));

/** Where the database refused. Not the whole error: its details may quote the row, with what a user wrote. */
function refusalOf(error: unknown): { readonly [field: string]: string | undefined } {
  const { code, constraint, where } = Object(error) as Readonly<Record<string, unknown>>;
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const line = text(where)?.split('\n')[0];
  return { code: text(code), constraint: text(constraint), where: line?.startsWith('PL/pgSQL') ? line : undefined };
}

const storable = (text: string): string => text.replaceAll('\0', '');

const escapedPayload = (record: ReadRecord): string =>
  JSON.stringify(record.kind === 'unreadable' ? record.payload : record.command)
    .replaceAll('\0', '')
    .replaceAll('\\u0000', '\\\\u0000');
