import type { Receipt } from '../domain/receipt.js';
import { engineRejection } from '../domain/receipt.js';
import type { CommandId, Epoch, Offset, Partition } from '../domain/ids.js';
import { UnreadableEventError } from '../domain/upcast.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { CommandBatch, CommandHandler, CommandLog, Consumer } from '../log/command-log.js';
import { checkpointName } from '../log/command-log.js';
import type { DeadLetters } from '../store/dead-letters.js';
import type { EventFeed } from '../log/event-feed.js';
import type { DeadLetter, EventStore } from '../store/event-store.js';
import { counted, settledLine } from '../runtime/settled-line.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import type { DecidedRecords } from './decide-batch.js';
import { decideRecords, rejected, statesOf } from './decide-batch.js';
import type { Pace } from './pacing.js';
import { unpaced } from './pacing.js';
import type { CommandCatalog } from '../domain/decide.js';
import type { Publisher } from './publisher.js';
import { createPublisher } from './publisher.js';
import type { DecidableCommand, ReadRecord } from './read-batch.js';
import { inOrderOfTime, lastTime, readRecord, withoutRepeats } from './read-batch.js';
import type { StreamDraft, StreamStates } from './stream-states.js';
import { createStreamStates } from './stream-states.js';

export interface DeciderOptions {
  readonly commands: CommandCatalog;
  readonly log: CommandLog;
  readonly store: EventStore;
  readonly feed: EventFeed;
  readonly deadLetters: DeadLetters;
  /** Whether the same work may succeed later; what is not transient is isolated to the one command that causes it. */
  readonly isTransient: (error: unknown) => boolean;
  /** How fast it may go; as fast as it can where this is left out. */
  readonly pace?: Pace;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

const MAX_BATCH = 500;
/** Batches that may wait for the feed before deciding pauses. */
const MAX_UNPUBLISHED = 20;
/** A conflict says that something was read too early; reading it again settles it. More in a row is a fault. */
const MAX_CONFLICTS = 5;

/** How often to look whether a command that has to wait still has to. */
const HELD_INTERVAL_MS = 500;

/** The partition has another owner by now. */
class FencedError extends Error {
  readonly code = 'SUPERSEDED';
}

interface OwnedPartition {
  readonly states: StreamStates;
  readonly publisher: Publisher;
  /** That of the states, and of what is decided on them. */
  readonly epoch: Epoch;
  /** Of the batch that is being decided. */
  markBefore: CommandBatch['markBefore'];
  /** The next command to decide. */
  next: Offset;
  /**
   * The time of the last command of this queue that was decided, also by an owner before: none is decided at one before
   * it.
   */
  lastAt: Date | null;
}

export interface Decider extends Consumer {
  /** Resolves when the first partitions of this member were told in the log. */
  readonly settled: Promise<void>;
}

/**
 * Turns commands into events: fold, decide, store a whole batch in one transaction together with where it stopped, then
 * publish it. Many deciders share the partitions of a log; each partition is decided by one at a time, and one that
 * lost a partition cannot store.
 */
export async function startDecider(options: DeciderOptions): Promise<Decider> {
  const { queue } = options.log;
  const owned = new Set<Partition>();
  const line = settledLine(
    () => ({
      message: `deciding ${counted(owned.size, 'partition')} of ${queue}`,
      fields: { queue, partitions: [...owned].toSorted((a, b) => a - b) },
      complete: owned.size > 0,
    }),
    options.logger,
  );
  const handler = decider(options);
  const consumer = await options.log.consume({
    group: `decider.${options.log.queue}`,
    maxBatch: MAX_BATCH,
    handler: {
      ...handler,
      async assigned(partition) {
        const start = await handler.assigned(partition);
        owned.add(partition);
        line.changed();
        return start;
      },
      async revoked(partition) {
        owned.delete(partition);
        line.changed();
        await handler.revoked(partition);
      },
    },
  });
  // The checkpoint may have gone back with the database: what was decided behind it is decided again, also while
  // nothing new comes.
  const unfollow = options.store.epochs.onFork(({ partition }) => consumer.resume(partition));
  const stop = (): Promise<void> => {
    unfollow();
    line.stop();
    return consumer.stop();
  };
  return { ...consumer, settled: line.settled, stop, [Symbol.asyncDispose]: stop };
}

function decider({
  commands,
  log,
  store,
  feed,
  deadLetters,
  isTransient,
  pace = unpaced,
  logger,
  metrics,
}: DeciderOptions): CommandHandler {
  const queue = checkpointName(log);
  const owned = new Map<Partition, OwnedPartition>();

  const release = async (partition: Partition): Promise<void> => {
    const own = owned.get(partition);
    owned.delete(partition);
    await own?.publisher.stop();
  };

  /**
   * Decides and stores the first of these records up to one that has to wait, perhaps all of them.
   * @param end the offset after the last of them
   * @returns how many are done
   */
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
      const records = held < 0 ? wanted : wanted.slice(0, held);
      const to = wanted[held]?.offset ?? end;
      const decided = decideRecords(records, {
        queue,
        partition,
        draft,
        known,
        onFault: ({ command }, error) =>
          logger.error(
            { err: error, traceId: command.traceId, commandId: command.commandId, type: command.type },
            'deciding a command threw',
          ),
      });
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
      });
      switch (result.status) {
        case 'committed':
          own.next = to;
          own.lastAt = lastAt;
          own.states.keep(draft);
          own.publisher.push({ ...result.batch, receipts: [...result.batch.receipts, ...decided.repeated] }, to);
          if (records.length > 0) pace.stored({ partition, records: records.length, ...result.timing });
          note(decided, records);
          await deadLetters.tell(decided.deadLetters);
          return records.length;
        case 'superseded':
          throw new FencedError(
            `partition ${partition} of ${queue} is decided by another process now, ` +
              'or the database is another one than it was',
          );
        case 'conflict':
          if (result.on === 'receipt') known = await store.receipts(commandIdsOf(records));
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

  /**
   * One command that the database will never take must not stop its partition: what is tried is halved until it stands
   * alone, and then, after a few more tries, it gets an outcome that says so. @returns how many of the records are done
   */
  const storeIsolating = async (
    partition: Partition,
    own: OwnedPartition,
    records: readonly ReadRecord[],
    end: Offset,
    attempt = 0,
  ): Promise<number> => {
    try {
      return await storeBatch(partition, own, records, end);
    } catch (error) {
      if (isTransient(error)) pace.failed(partition, error);
      if (error instanceof FencedError || isTransient(error)) throw error;
      own.states.clear();
      const half = records.length >> 1;
      if (half > 0) return storeIsolating(partition, own, records.slice(0, half), records[half]!.offset);
      // A stream that a newer program wrote: it waits for a decider that can read it, rather than get an outcome that
      // is final.
      if (error instanceof UnreadableEventError) throw error;
      if (attempt < RETRIES.record.times) {
        await pause(pauseMs(RETRIES.record, attempt));
        return storeIsolating(partition, own, records, end, attempt + 1);
      }
      await deadLetter(partition, own, records[0]!, end, error);
      return 1;
    }
  };

  const deadLetter = async (
    partition: Partition,
    own: OwnedPartition,
    record: ReadRecord,
    to: Offset,
    error: unknown,
  ): Promise<void> => {
    const reason = `storing its outcome failed: ${error instanceof Error ? error.message : String(error)}`;
    // The payload may be the very thing that the database does not take.
    const letter: DeadLetter = {
      source: queue,
      partition,
      place: record.offset,
      key: null,
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
      // Not the command's: its time may be the very thing that the database does not take.
      lastAt: own.lastAt,
      published: own.publisher.published,
      outcomes: record.kind === 'unreadable' ? [] : [rejected(record, engineRejection('COMMAND_FAILED'))],
      snapshots: [],
      deadLetters: [letter],
    });
    if (result.status !== 'committed')
      throw new FencedError(`partition ${partition} of ${queue} moved while a command was buried`);
    own.next = to;
    own.publisher.push(result.batch, to);
    await deadLetters.tell([letter]);
  };

  return {
    async assigned(partition) {
      await release(partition);
      const { epoch, next, published, mark, lastAt } = await store.checkpoint(queue, partition);
      const publisher = createPublisher({ queue, partition, feed, store, logger, metrics });
      publisher.catchUp(published, next);
      owned.set(partition, {
        states: createStreamStates(store),
        publisher,
        epoch,
        markBefore: () => mark,
        next,
        lastAt,
      });
      metrics.deciderOldest.since({ queue: log.queue, partition }, null);
      logger.debug({ queue, partition, offset: next }, 'deciding a partition');
      return { next, mark };
    },

    async handle({ partition, records, next, markBefore }: CommandBatch, signal) {
      const own = owned.get(partition);
      if (!own) throw new Error(`partition ${partition} of ${queue} was handed over without being assigned`);
      own.markBefore = markBefore;
      const first = records[0];
      if (first && first.offset < own.next) {
        // The log was made anew, and gives out offsets that an older one had. What of it was decided before has its
        // receipt.
        logger.warn(
          { queue, partition, offset: first.offset, checkpoint: own.next },
          'the log begins below the checkpoint; going on from there',
        );
        own.publisher.catchUp(first.offset, first.offset);
      }
      let rest = withoutRepeats(
        inOrderOfTime(records, own.lastAt).map((record) => readRecord(commands, record, log.queue)),
      );
      while (rest.length > 0) {
        await own.publisher.drained(MAX_UNPUBLISHED, signal);
        const admitted = await pace.admit(partition, rest.length, signal);
        if (signal.aborted) return;
        metrics.deciderOldest.since({ queue: log.queue, partition }, timeOf(rest[0]!));
        const stopTimer = metrics.decideBatchSeconds.startTimer({ queue: log.queue });
        const done = await storeIsolating(partition, own, rest.slice(0, admitted), rest[admitted]?.offset ?? next);
        if (done > 0) stopTimer();
        else await pause(HELD_INTERVAL_MS, signal);
        rest = rest.slice(done);
      }
      // Nothing in it that is decided: the checkpoint passes it all the same, and those who wait for the end of the log
      // see that it is reached.
      if (records.length === 0) await storeBatch(partition, own, [], next);
      metrics.deciderOldest.since({ queue: log.queue, partition }, null);
    },

    async revoked(partition) {
      await release(partition);
      metrics.deciderOldest.forget({ queue: log.queue, partition });
      logger.debug({ queue, partition }, 'no longer deciding a partition');
    },
  };
}

/** When the log took the command, by its clock. What cannot be read tells no time, and takes none. */
const timeOf = (record: ReadRecord): number | null =>
  record.kind === 'unreadable' ? null : Date.parse(record.command.at);

const isHeld = (record: DecidableCommand, draft: StreamDraft): boolean =>
  record.definition.held?.(statesOf(record, draft), record.command) ?? false;

const commandIdsOf = (records: readonly ReadRecord[]): readonly CommandId[] =>
  records.flatMap((record) => (record.kind === 'unreadable' ? [] : [record.command.commandId]));

const escapedPayload = (record: ReadRecord): string =>
  JSON.stringify(record.kind === 'unreadable' ? record.payload : record.command)
    .replaceAll('\0', '')
    .replaceAll('\\u0000', '\\\\u0000');
