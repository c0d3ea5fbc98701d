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

/** A release that takes longer is named in the log: if the process is ended by force, it was the reason. */
const LONG_MS = 3_000;

export function createLifecycle(logger: Logger): Lifecycle {
  const releases: { readonly name: string; readonly release: () => Promise<unknown> | void }[] = [];
  let stopping: Promise<void> | undefined;

  const stopAll = async (): Promise<void> => {
    for (let next = releases.pop(); next; next = releases.pop()) {
      const { name } = next;
      const long = setTimeout(() => logger.warn(`still stopping ${name}`), LONG_MS);
      try {
        await next.release();
      } catch (error) {
        logger.error({ err: error }, `stopping ${name} failed; continuing with the rest`);
      } finally {
        clearTimeout(long);
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
