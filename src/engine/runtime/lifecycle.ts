import type { Logger } from './logging.js';

/**
 * What was started, to be stopped last first, also after half a start. Stopping is idempotent, and one release that
 * fails does not keep the others from running.
 */
export interface Lifecycle {
  /** Registers how to undo what was just started. */
  onStop(name: string, release: () => Promise<unknown> | void): void;
  stop(): Promise<void>;
}

export function createLifecycle(logger: Logger): Lifecycle {
  const releases: { readonly name: string; readonly release: () => Promise<unknown> | void }[] = [];
  let stopping: Promise<void> | undefined;

  const stopAll = async (): Promise<void> => {
    for (let next = releases.pop(); next; next = releases.pop()) {
      try {
        await next.release();
      } catch (error) {
        logger.error({ err: error }, `stopping ${next.name} failed; going on with the rest`);
      }
    }
  };

  return {
    onStop(name, release) {
      releases.push({ name, release });
    },
    stop: () => (stopping ??= stopAll()),
  };
}
