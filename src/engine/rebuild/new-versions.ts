import { levelOf } from '../runtime/logging.js';
import { ReadModelLockedError } from './generations.js';
import { pause } from '../runtime/retry.js';
import type { Choice, WorkOptions } from './choice.js';
import { liveVersion } from './choice.js';
import { rebuild } from './rebuild.js';

export interface NewVersionsOptions extends Omit<WorkOptions, 'report' | 'signal'> {
  readonly pollIntervalMs: number;
}

/**
 * Builds every read model whose version in this program is higher than the live one, in the background, and makes it
 * the live one. Of several processes one builds; the others check again later. A version that was rolled back is not
 * built automatically: the kept generation shows it.
 */
export function buildNewVersions(options: NewVersionsOptions): AsyncDisposable & { stop(): Promise<void> } {
  const { choices, logger, pollIntervalMs } = options;
  const stopping = new AbortController();
  const logged = new Set<string>();

  const isNew = async (choice: Choice): Promise<boolean> => {
    const { name, version } = choice.projection;
    const live = await liveVersion(choice, options.partitions);
    if (live === null || live >= version) return false;
    const kept = await choice.store.kept(choice.projection, options.partitions);
    if ((kept?.version ?? 0) < version) return true;
    if (!logged.has(name))
      logger.warn(
        { projection: name, live, version },
        'a read model was rolled back and stays so: rebuild it, or roll it back again, to have the newer version',
      );
    logged.add(name);
    return false;
  };

  const poll = async (): Promise<void> => {
    for (const choice of choices) {
      try {
        if (!(await isNew(choice))) continue;
        const { name, version } = choice.projection;
        logger.info({ projection: name, version }, 'building a new version of a read model beside the live one');
        // A rollback may have run while this process waited for the lock.
        const { failed } = await rebuild(
          { ...options, choices: [choice], report: () => undefined, signal: stopping.signal },
          isNew,
        );
        for (const { error } of failed) throw error;
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (error instanceof ReadModelLockedError) logger.debug({ projection: choice.projection.name }, error.message);
        else
          logger[levelOf(error)](
            { err: error, projection: choice.projection.name },
            'building a new version of a read model failed; it continues later where it stopped',
          );
      }
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await poll();
      await pause(pollIntervalMs, stopping.signal);
    }
  };
  const running = run();
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('the process stops'));
    await running;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}
