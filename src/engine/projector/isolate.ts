import { RETRIES, pause, pauseMs } from '../runtime/retry.js';

/** An item that cannot be handled, and the reason. All items before it are handled, none after it. */
export interface Refusal<T> {
  readonly item: T;
  readonly error: unknown;
}

export interface IsolateOptions<T> {
  /** Handles all items, in order, or none. */
  readonly handle: (items: readonly T[]) => Promise<void>;
  /** Whether an item may have caused the failure. Any other failure ends the work. */
  readonly isTheirs: (error: unknown) => boolean;
}

/**
 * Handles the items at once if possible. Otherwise they are halved until the first failing one stands alone, which is
 * retried a few times.
 * @returns that item, or null if all are handled
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
