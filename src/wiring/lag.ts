import type { Lifecycle } from '../platform/lifecycle.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import type { CommandLog } from '../platform/ports/command-log.js';
import type { DeadLetters } from '../platform/ports/dead-letters.js';
import type { EventStore } from '../platform/ports/event-store.js';
import { checkpointName } from '../platform/ports/command-log.js';
import type { ProcessManagers } from '../workers/process-manager/process-manager.js';
import type { Projector } from '../workers/projector/projector.js';

const SAMPLE_EVERY_MS = 2_000;

export interface LagOptions {
  readonly store: EventStore;
  readonly deadLetters: Pick<DeadLetters, 'waiting'>;
  /** What this process decides. */
  readonly queues: readonly CommandLog[];
  readonly projector: Projector | null;
  readonly managers: ProcessManagers | null;
  readonly fanOutLag: (() => readonly number[]) | null;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Keeps the lag gauges of what this process does, and where there is work, of what could not be done. */
export function sampleLag({ store, deadLetters, queues, projector, managers, fanOutLag, lifecycle, logger, metrics }: LagOptions): void {
  const deciders = async (log: CommandLog): Promise<void> => {
    for (const [partition, end] of (await log.ends()).entries()) {
      const { next } = await store.checkpoint(checkpointName(log), partition);
      metrics.deciderLag.set({ queue: log.queue, partition }, Math.max(0, end - next));
    }
  };

  let sampling: Promise<void> = Promise.resolve();
  const sample = async (): Promise<void> => {
    for (const { projection, partition, events } of projector?.lag() ?? []) metrics.projectionLag.set({ projection, partition }, events);
    for (const { manager, partition, events } of managers?.lag() ?? []) metrics.processManagerLag.set({ manager, partition }, events);
    for (const [partition, events] of (fanOutLag?.() ?? []).entries()) metrics.feedLag.set({ partition }, events);
    // One that was given away must not be counted here for ever.
    metrics.parkedKeys.reset();
    for (const { projection, partition, keys } of projector?.parked() ?? []) metrics.parkedKeys.set({ projection, partition }, keys);
    for (const queue of queues) await deciders(queue);
    if (!projector && queues.length === 0) return;
    const waiting = await deadLetters.waiting();
    metrics.deadLettersWaiting.reset();
    for (const [source, letters] of waiting) metrics.deadLettersWaiting.set({ source }, letters);
  };

  const timer = setInterval(() => {
    sampling = sample().catch((error: unknown) => logger.debug({ err: error }, 'could not measure lag; trying again'));
  }, SAMPLE_EVERY_MS);
  timer.unref();
  lifecycle.onStop('measuring lag', async () => {
    clearInterval(timer);
    await sampling;
  });
}
