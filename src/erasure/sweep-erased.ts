import type { Logger } from '../engine/runtime/logging.js';
import type { Erasure } from './erasure.js';

export interface SweepErasedOptions {
  readonly erasure: Pick<Erasure, 'sweep'>;
  readonly everyMs: number;
  readonly logger: Logger;
}

/**
 * Sweeps up after deleted accounts, whose late commands leave traces that no event tells of. Several processes may do
 * so at once.
 */
export function startErasureSweeps({ erasure, everyMs, logger }: SweepErasedOptions): { stop(): Promise<void> } {
  let sweeping: Promise<void> | null = null;
  let stopped = false;

  const sweep = async (): Promise<void> => {
    try {
      while (!stopped && (await erasure.sweep()) > 0);
    } catch (error) {
      logger.warn({ err: error }, 'could not sweep up after deleted accounts; trying again');
    }
  };

  const timer = setInterval(() => {
    sweeping ??= sweep().finally(() => (sweeping = null));
  }, everyMs);
  timer.unref();

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}
