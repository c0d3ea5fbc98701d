import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { EngineLogger } from '../runtime/logger.js';
import type { ConsumerHealth } from './consumer-health.js';
import { settlesWithin } from '../runtime/deadline.js';
import type { Backoff } from '../runtime/retry.js';
import { RETRIES, pause, pauseMs } from '../runtime/retry.js';
import type { CommandHandler, CommandRecord, LogMark, LogPlace, PassedRecord } from './command-log.js';
import { isCommandRecord } from './command-log.js';

/** Where a partition's records come from. */
export interface RecordSource {
  /**
   * Where to go on really, when the handler asks for this place: the log may no longer, or not yet, reach there, or be
   * another one. Any offset once the signal is aborted.
   */
  locate(wanted: LogPlace, signal: AbortSignal): Promise<Offset>;
  /** Records from there on, at least one. Empty only once the signal is aborted. */
  read(from: Offset, max: number, signal: AbortSignal): Promise<readonly (CommandRecord | PassedRecord)[]>;
  /** Of the last record below that was read; null where the log needs none. */
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
  /** Hears where the work fails again and again. */
  readonly health: ConsumerHealth;
  /**
   * How long a running batch may go on when the partition is given up in order, and how long once its signal is
   * aborted.
   */
  readonly drainMs: number;
  readonly forceMs: number;
  /** Pauses after failures. */
  readonly backoff?: Backoff;
}

export interface PartitionWorker {
  /**
   * Begins anew with `assigned`, also while nothing comes: what it said may no longer be true. A running batch is told
   * by its signal.
   */
  again(): void;
  /**
   * `give-up`: the running batch may end within the grace time. `lost`: another member may be at work already, so the
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
/** Failures of one step in a row, about ten seconds of them, that are no hiccup. */
const MANY_FAILURES = 10;

export function startPartitionWorker(options: PartitionWorkerOptions): PartitionWorker {
  const { partition, handler, source, log, queue, health, backoff = RETRIES.work } = options;
  const ending = new AbortController();
  /** Of the turn from one `assigned` to the next: the first ends its waiting, the second its work, too. */
  let [waiting, lost] = [new AbortController(), new AbortController()];
  let failures = 0;
  // Taking the partition up may succeed each time, and the work fail.
  let step: 'taking' | 'handling' = 'taking';
  const failed = { taking: 0, handling: 0 };
  /** Where the batch began whose handling failed. */
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
    // It was stored after all, or by another member, or is gone: it may be long until a next one comes.
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
      // Who was told to stop may have left off in the middle.
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
          'work on a partition of the command log failed and starts anew where it stood',
        );
        await pause(waitMs, ending.signal);
      }
    }
    forget();
    await handler
      .revoked(partition)
      .catch((error: unknown) => log.error({ err: error, partition }, 'giving a partition up failed'));
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
        'a command handler goes on although its signal is aborted; its result will be refused as superseded',
      );
    },
  };
}
