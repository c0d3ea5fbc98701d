import type { Logger } from '../engine/runtime/logging.js';
import { startPoll } from '../engine/runtime/poll.js';
import type { Erasure } from './erasure.js';

export interface SweepErasedOptions {
  readonly erasure: Pick<Erasure, 'sweep'>;
  readonly everyMs: number;
  readonly logger: Logger;
}

/**
 * Sweeps deleted accounts, whose late commands leave data that no event mentions. Several processes may run this at
 * once.
 */
export function startErasureSweeps({ erasure, everyMs, logger }: SweepErasedOptions): { stop(): Promise<void> } {
  let stopped = false;
  const poll = startPoll({
    async run() {
      while (!stopped && (await erasure.sweep()) > 0);
    },
    everyMs,
    failed: (error) => logger.warn({ err: error }, 'could not sweep deleted accounts; retrying'),
  });
  return {
    stop() {
      stopped = true;
      return poll.stop();
    },
  };
}
