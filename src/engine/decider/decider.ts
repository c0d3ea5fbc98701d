import type { CommandCatalog } from '../domain/decide.js';
import type { Writable } from '../domain/readable.js';
import { EVERYTHING_WRITABLE } from '../domain/readable.js';
import type { Partition } from '../domain/ids.js';
import type { CommandBatch, CommandHandler, CommandLog, CommandRecord, Consumer } from '../log/command-log.js';
import { checkpointName, countedKey } from '../log/command-log.js';
import type { EventFeed } from '../log/event-feed.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import { pause } from '../runtime/retry.js';
import { counted, settledLine } from '../runtime/settled-line.js';
import type { Tracer } from '../runtime/tracing.js';
import type { DeadLetters } from '../store/dead-letters.js';
import type { CountedRecord, EventStore } from '../store/event-store.js';
import type { Pace } from './pacing.js';
import { unpaced } from './pacing.js';
import { createPublisher } from './publisher.js';
import type { ReadRecord } from './read-batch.js';
import { inOrderOfTime, readRecord, withoutRepeats } from './read-batch.js';
import type { OwnedPartition } from './store-records.js';
import { createRecordStore } from './store-records.js';
import { createStreamStates } from './stream-states.js';
import { traceDecisions } from './traced.js';

export interface DeciderOptions {
  readonly commands: CommandCatalog;
  readonly log: CommandLog;
  readonly store: EventStore;
  readonly feed: EventFeed;
  readonly deadLetters: DeadLetters;
  /** Whether the same work may succeed later; any other failure is isolated to the command that causes it. */
  readonly isTransient: (error: unknown) => boolean;
  /** What every live process reads. Default: everything, for a decider whose program is the only one. */
  readonly writable?: Writable;
  /** The pace. Default: unlimited. */
  readonly pace?: Pace;
  /** Whether the record counts the decided commands of each key, and numbers them. Default: no. */
  readonly counts?: boolean;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
  /** Records sampled traces. Default: none. */
  readonly tracer?: Tracer | undefined;
}

const MAX_BATCH = 500;
/** Batches that may wait for the feed before deciding pauses. */
const MAX_UNPUBLISHED = 20;
/** Interval of checks whether a held command can be decided. */
const HELD_INTERVAL_MS = 500;

export interface Decider extends Consumer {
  /** Resolves when the first partitions of this member were logged. */
  readonly settled: Promise<void>;
}

/**
 * Turns commands into events: folds, decides, stores a whole batch with its checkpoint in one transaction, then
 * publishes it. Many deciders share the partitions of a log; each partition is decided by one at a time, and a decider
 * that lost a partition cannot store.
 */
export async function startDecider(given: DeciderOptions): Promise<Decider> {
  const options = given.tracer ? traceDecisions(given, given.tracer) : given;
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
  // The checkpoint may have gone back with the database: the commands after it are decided again, without waiting for a
  // new one.
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
  writable = EVERYTHING_WRITABLE,
  pace = unpaced,
  counts = false,
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

  const storeRecords = createRecordStore({ queue, store, deadLetters, isTransient, pace, writable, logger, metrics });

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
        uncounted: [],
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
        // The log was made anew, and assigns the offsets of an older one again. Its commands that were decided before
        // have receipts.
        logger.warn(
          { queue, partition, offset: first.offset, checkpoint: own.next },
          'the log begins below the checkpoint; continuing from there',
        );
        own.publisher.catchUp(first.offset, first.offset);
      }
      // Replaced, not added to: a batch that is handed over again after a failure begins at the checkpoint.
      if (counts) own.uncounted = records.flatMap(countedRecord);
      let rest = withoutRepeats(
        inOrderOfTime(records, own.lastAt).map((record) => readRecord(commands, record, log.queue)),
      );
      while (rest.length > 0) {
        await own.publisher.drained(MAX_UNPUBLISHED, signal);
        const admitted = await pace.admit(partition, rest.length, signal);
        if (signal.aborted) return;
        metrics.deciderOldest.since({ queue: log.queue, partition }, timeOf(rest[0]!));
        const stopTimer = metrics.decideBatchSeconds.startTimer({ queue: log.queue });
        const done = await storeRecords(partition, own, rest.slice(0, admitted), rest[admitted]?.offset ?? next);
        if (done > 0) stopTimer();
        else await pause(HELD_INTERVAL_MS, signal);
        rest = rest.slice(done);
      }
      // Nothing to decide: the checkpoint moves all the same, for readers that wait for the end of the log.
      if (records.length === 0) await storeRecords(partition, own, [], next);
      metrics.deciderOldest.since({ queue: log.queue, partition }, null);
    },

    async revoked(partition) {
      await release(partition);
      metrics.deciderOldest.forget({ queue: log.queue, partition });
      logger.debug({ queue, partition }, 'no longer deciding a partition');
    },
  };
}

function countedRecord(record: CommandRecord): readonly CountedRecord[] {
  const key = countedKey(record);
  return key === null ? [] : [{ key, offset: record.offset }];
}

/** The time at which the log took the command. An unreadable record has none. */
const timeOf = (record: ReadRecord): number | null =>
  record.kind === 'unreadable' ? null : Date.parse(record.command.at);
