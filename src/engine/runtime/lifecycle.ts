import type { Logger } from './logging.js';

/**
 * The started parts, to be stopped in reverse order, also after half a start. Stopping is idempotent, and a release
 * that fails does not prevent the others.
 */
export interface Lifecycle {
  /** Registers the release of a part that was just started. */
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
        logger.error({ err: error }, `stopping ${next.name} failed; continuing with the rest`);
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
