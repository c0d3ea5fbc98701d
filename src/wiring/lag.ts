import type { Lifecycle } from '../platform/lifecycle.js';
import type { Logger } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import type { CommandLog } from '../platform/ports/command-log.js';
import type { EventStore } from '../platform/ports/event-store.js';
import { checkpointName } from '../platform/ports/command-log.js';
import type { ProcessManagers } from '../workers/process-manager/process-manager.js';
import type { Projector } from '../workers/projector/projector.js';

const SAMPLE_EVERY_MS = 2_000;

export interface LagOptions {
  readonly store: EventStore;
  /** What this process decides. */
  readonly queues: readonly CommandLog[];
  readonly projector: Projector | null;
  readonly managers: ProcessManagers | null;
  readonly fanOutLag: (() => readonly number[]) | null;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Keeps the lag gauges of what this process does. */
export function sampleLag({ store, queues, projector, managers, fanOutLag, lifecycle, logger, metrics }: LagOptions): void {
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
    for (const queue of queues) await deciders(queue);
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
