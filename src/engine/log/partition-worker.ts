import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import type { ConsumerHealth } from './consumer-health.js';
import { settlesWithin } from '../runtime/deadline.js';
import type { Backoff } from '../runtime/retry.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import type { CommandHandler, CommandRecord, LogMark, LogPlace, PassedRecord } from './command-log.js';
import { isCommandRecord } from './command-log.js';

/** The source of the records of a partition. */
export interface RecordSource {
  /**
   * The offset to continue at for the handler's checkpoint: the log may not reach there any more, not yet, or be a new
   * one. Any offset once the signal is aborted.
   */
  locate(wanted: LogPlace, signal: AbortSignal): Promise<Offset>;
  /** Records from there on, at least one. Empty only once the signal is aborted. */
  read(from: Offset, max: number, signal: AbortSignal): Promise<readonly (CommandRecord | PassedRecord)[]>;
  /** The mark of the last record read below this offset; null for a log without marks. */
  markBefore?(to: Offset): LogMark | null;
  /** Everything below has been handled. Called after each batch; must not throw. */
  handled(next: Offset): void;
}

export interface PartitionWorkerOptions {
  readonly partition: Partition;
  readonly maxBatch: number;
  readonly handler: CommandHandler;
  readonly source: RecordSource;
  readonly log: EngineLogger;
  readonly queue: string;
  /** Gets a problem while the work fails again and again. */
  readonly health: ConsumerHealth;
  /** Grace time of a running batch when the partition is given up, and again after its signal is aborted. */
  readonly drainMs: number;
  readonly forceMs: number;
  /** The pauses after failures. */
  readonly backoff?: Backoff;
}

export interface PartitionWorker {
  /**
   * Starts anew with `assigned`, also while it waits for records: the earlier answer may no longer hold. The signal of
   * a running batch is aborted.
   */
  again(): void;
  /**
   * `give-up`: the running batch may end within the grace time. `lost`: another member may own it already, so the
   * signal is aborted at once. Resolves after `revoked`, or when the handler did not end in time.
   */
  end(how: 'give-up' | 'lost'): Promise<void>;
}

/**
 * Takes one partition through a handler:
 *
 *   assigned ─► read ─► handle ─► read ─► handle … ─► revoked
 *      ▲                   │ throws
 *      └───── pause ◄──────┘
 */
/** Failures of one step in a row, about ten seconds, that count as a problem. */
const MANY_FAILURES = 10;

export function startPartitionWorker(options: PartitionWorkerOptions): PartitionWorker {
  const { partition, handler, source, log, queue, health, backoff = RETRIES.work } = options;
  const ending = new AbortController();
  /** From one `assigned` to the next: the first signal ends the waiting, the second the work, too. */
  let [waiting, lost] = [new AbortController(), new AbortController()];
  let failures = 0;
  // Counted by step: taking the partition may succeed each time while the work fails.
  let step: 'taking' | 'handling' = 'taking';
  const failed = { taking: 0, handling: 0 };
  /** The start of the batch that failed. */
  let failedAt: Offset | null = null;
  const forget = health.add(() =>
    Math.max(failed.taking, failed.handling) < MANY_FAILURES
      ? null
      : `work on partition ${partition} of ${queue} fails again and again: see the log`,
  );

  async function work(): Promise<void> {
    const [wait, work] = [new AbortController(), new AbortController()];
    [waiting, lost] = [wait, work];
    if (ending.signal.aborted) return;
    step = 'taking';
    let next = await source.locate(await handler.assigned(partition), wait.signal);
    failed.taking = 0;
    // The failed batch was stored after all, by this or another member, or is gone. The next batch may come much later.
    if (next !== failedAt) failed.handling = 0;
    while (!ending.signal.aborted && !wait.signal.aborted) {
      const records = await source.read(next, options.maxBatch, wait.signal);
      const last = records.at(-1);
      if (!last || wait.signal.aborted) continue;
      const end = offset(last.offset + 1);
      step = 'handling';
      failedAt = next;
      await handler.handle(
        {
          partition,
          records: records.filter(isCommandRecord),
          next: end,
          markBefore: (to) => source.markBefore?.(to) ?? null,
        },
        work.signal,
      );
      // A handler whose signal is aborted may have stopped in the middle.
      if (work.signal.aborted) return;
      failures = 0;
      failed.handling = 0;
      failedAt = null;
      next = end;
      source.handled(next);
    }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (ending.signal.aborted) break;
        failed[step]++;
        health.restarted();
        const waitMs = Math.round(pauseMs(backoff, failures++));
        log.warn(
          { err: error, partition, waitMs },
          'work on a partition of the command log failed; restarting at its checkpoint',
        );
        await pause(waitMs, ending.signal);
      }
    }
    forget();
    await handler
      .revoked(partition)
      .catch((error: unknown) => log.error({ err: error, partition }, 'releasing a partition failed'));
  }

  const done = run();
  return {
    again() {
      waiting.abort();
      lost.abort();
    },
    async end(how) {
      ending.abort();
      waiting.abort();
      if (how === 'give-up' && (await settlesWithin(done, options.drainMs))) return;
      lost.abort();
      if (await settlesWithin(done, options.forceMs)) return;
      log.error(
        { partition },
        'a command handler continues although its signal is aborted; the store will refuse its result',
      );
    },
  };
}
