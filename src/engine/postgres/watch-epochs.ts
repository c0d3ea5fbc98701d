import type pg from 'pg';
import type { Lifecycle } from '../runtime/lifecycle.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import { startPoll } from '../runtime/poll.js';
import type { EventStore } from '../store/event-store.js';
import type { DatabaseRun } from './epochs.js';
import { watchRun } from './run-watch.js';

const CONNECT_EVERY_MS = 5_000;
const CONNECT_TIMEOUT_MS = 4_000;

export interface EpochWatchOptions {
  readonly url: string;
  readonly run: DatabaseRun;
  readonly store: Pick<EventStore, 'heads'>;
  readonly partitions: number;
  readonly pollIntervalMs: number;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
  /** Called with every new connection that the watch opens. Must not throw. */
  readonly connected?: (client: pg.Client) => void;
}

/**
 * Notices within a second, also while idle, that the database went back, and within some seconds that its address leads
 * to another server while the old one lives on.
 */
export function watchEpochs({
  url,
  run,
  store,
  partitions,
  pollIntervalMs,
  lifecycle,
  logger,
  metrics,
  connected,
}: EpochWatchOptions): void {
  // Starts at 0, so that the first loss is an increase.
  for (let partition = 0; partition < partitions; partition++) metrics.lostEvents.inc({ partition }, 0);
  const poll = startPoll({
    run: () => store.heads(),
    everyMs: pollIntervalMs,
    failed: (error) => logger.debug({ err: error }, 'could not read the branch of the log in the database; retrying'),
  });
  const stopWatchingRun = watchRun({
    url,
    run,
    everyMs: CONNECT_EVERY_MS,
    timeoutMs: CONNECT_TIMEOUT_MS,
    logger,
    connected,
  });
  lifecycle.onStop('the watch over epochs', async () => void (await Promise.all([poll.stop(), stopWatchingRun()])));
}
