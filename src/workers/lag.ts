import { settlesWithin } from '../engine/runtime/deadline.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import type { Metrics } from '../metrics.js';
import { startPoll } from '../engine/runtime/poll.js';
import type { CommandLog } from '../engine/log/command-log.js';
import type { DeadLetters } from '../engine/store/dead-letters.js';
import type { Erasure } from '../erasure/erasure.js';
import type { EventStore } from '../engine/store/event-store.js';
import { checkpointName } from '../engine/log/command-log.js';
import type { ProcessManagers } from '../engine/process-manager/process-manager.js';
import type { Projector } from '../engine/projector/projector.js';

const SAMPLE_EVERY_MS = 2_000;
const TIMEOUT_MS = 1_500;

export interface LagOptions {
  readonly store: EventStore;
  readonly deadLetters: Pick<DeadLetters, 'waiting'>;
  /** The queues that this process decides. */
  readonly queues: readonly CommandLog[];
  readonly projector: Projector | null;
  readonly managers: ProcessManagers | null;
  /** Set in a process with erasure sweeps. */
  readonly erasure: Pick<Erasure, 'pending'> | null;
  readonly fanOutLag: (() => readonly number[]) | null;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Samples the lag gauges of this process's roles, and the number of dead letters where there is such work. Each gauge
 * is cleared every time: a partition that the process no longer owns, and a source that does not answer now, has no
 * value instead of its last one.
 */
export function sampleLag({
  store,
  deadLetters,
  queues,
  projector,
  managers,
  erasure,
  fanOutLag,
  lifecycle,
  logger,
  metrics,
}: LagOptions): void {
  const deciders = async (): Promise<readonly DeciderLag[]> => {
    const of = async (log: CommandLog): Promise<readonly DeciderLag[]> => {
      const name = checkpointName(log);
      const [ends, decided, ahead] = [await log.ends(), await store.decidedUpTo(name), await store.timeAhead(name)];
      return ends.map((end, partition) => ({
        queue: log.queue,
        partition,
        commands: Math.max(0, end - (decided[partition] ?? 0)),
        aheadMs: Math.max(0, ahead.get(partition) ?? 0),
      }));
    };
    return (await Promise.all(queues.map(of))).flat();
  };

  /** @throws where the source does not answer. The gauge is empty then, and while the answer takes too long. */
  const fill = async <T>(gauge: { reset(): void }, ask: () => Promise<T>, set: (answer: T) => void): Promise<void> => {
    const asked = ask();
    asked.catch(() => undefined);
    if (!(await settlesWithin(asked, TIMEOUT_MS))) gauge.reset();
    try {
      const answer = await asked;
      gauge.reset();
      set(answer);
    } catch (error) {
      gauge.reset();
      throw error;
    }
  };

  const deciderGauges = {
    reset() {
      metrics.deciderLag.reset();
      metrics.partitionTimeAhead.reset();
      // It is not known whether commands wait behind the one in hand, which gets older.
      metrics.deciderOldest.idleKnown(false);
    },
  };
  const ownGauges = {
    reset: () =>
      [
        metrics.projectionLag,
        metrics.projectionPosition,
        metrics.processManagerLag,
        metrics.feedLag,
        metrics.parkedKeys,
      ].forEach((gauge) => gauge.reset()),
  };
  const own = (): void => {
    for (const { projection, partition, position, events } of projector?.lag() ?? []) {
      metrics.projectionLag.set({ projection, partition }, events);
      metrics.projectionPosition.set({ projection, partition }, position);
    }
    for (const { manager, partition, events } of managers?.lag() ?? [])
      metrics.processManagerLag.set({ manager, partition }, events);
    for (const [partition, events] of (fanOutLag?.() ?? []).entries()) metrics.feedLag.set({ partition }, events);
    for (const { projection, partition, keys } of projector?.parked() ?? [])
      metrics.parkedKeys.set({ projection, partition }, keys);
  };

  // Side by side: a gauge whose source is slow must not keep the others from being cleared.
  const sample = async (): Promise<void> => {
    const filled = await Promise.allSettled([
      // While the database does not answer, this process does not know the heads of the log: its own lag would be out
      // of date.
      fill(ownGauges, () => store.heads(), own),
      fill(deciderGauges, deciders, (lags) => {
        metrics.deciderOldest.idleKnown(true);
        for (const { queue, partition, commands, aheadMs } of lags) {
          metrics.deciderLag.set({ queue, partition }, commands);
          metrics.partitionTimeAhead.set({ queue, partition }, aheadMs / 1_000);
        }
      }),
      projector || queues.length > 0
        ? fill(
            metrics.deadLettersWaiting,
            () => deadLetters.waiting(),
            (waiting) => {
              for (const [source, letters] of waiting) metrics.deadLettersWaiting.set({ source }, letters);
            },
          )
        : null,
      // A gauge without labels would be 0 after a reset.
      erasure &&
        fill(
          { reset: () => metrics.accountsErasing.remove() },
          () => erasure.pending(),
          (accounts) => metrics.accountsErasing.set(accounts),
        ),
    ]);
    const failed = filled.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  };

  const poll = startPoll({
    run: sample,
    everyMs: SAMPLE_EVERY_MS,
    failed: (error) => logger.debug({ err: error }, 'could not measure lag; retrying'),
  });
  lifecycle.onStop('measuring lag', async () => void (await settlesWithin(poll.stop(), TIMEOUT_MS)));
}

interface DeciderLag {
  readonly queue: string;
  readonly partition: number;
  readonly commands: number;
  readonly aheadMs: number;
}
