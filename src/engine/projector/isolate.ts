import { RETRIES, pause, pauseMs } from '../runtime/retry.js';

/** An item that cannot be handled, and why. All before it are handled, none after it is. */
export interface Refusal<T> {
  readonly item: T;
  readonly error: unknown;
}

export interface IsolateOptions<T> {
  /** All of them, in order, or none. */
  readonly handle: (items: readonly T[]) => Promise<void>;
  /** Whether a failure is the fault of the items. Any other ends the work. */
  readonly isTheirs: (error: unknown) => boolean;
}

/**
 * Handles items at once where that goes through. Where it does not, they are halved until the first that fails stands
 * alone, and it is tried again a few times by itself.
 * @returns that one, or null where all are handled
 */
export async function isolate<T>(items: readonly T[], options: IsolateOptions<T>): Promise<Refusal<T> | null> {
  const { handle, isTheirs } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      await handle(items);
      return null;
    } catch (error) {
      if (!isTheirs(error)) throw error;
      if (items.length > 1) {
        const middle = items.length >> 1;
        return (await isolate(items.slice(0, middle), options)) ?? isolate(items.slice(middle), options);
      }
      if (attempt >= RETRIES.record.times) return { item: items[0]!, error };
      await pause(pauseMs(RETRIES.record, attempt));
    }
  }
}
