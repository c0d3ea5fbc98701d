import { RETRIES, pause, pauseMs } from './retry.js';

/** An item that cannot be handled, and the reason. All items before it are handled, none after it. */
export interface Refusal<T> {
  readonly item: T;
  readonly error: unknown;
}

export interface Isolated<T> {
  /** The number of handled items, from the first on. */
  readonly done: number;
  readonly refused: Refusal<T> | null;
}

export interface IsolateOptions<T> {
  /**
   * Handles the items in order, and returns their number: fewer than all if the next one has to wait. A throw handles
   * none.
   * @param after the item after them, if any
   */
  readonly handle: (items: readonly T[], after: T | undefined) => Promise<number>;
  /** Whether an item may have caused the failure. Any other failure ends the work. @param alone for a single item */
  readonly isTheirs: (error: unknown, alone: boolean) => boolean;
}

/**
 * Handles the items at once if possible. Otherwise they are halved until the first failing one stands alone, which is
 * retried a few times. Ends after an item that has to wait, or with a refused one.
 */
export async function isolate<T>(items: readonly T[], options: IsolateOptions<T>, after?: T): Promise<Isolated<T>> {
  const { handle, isTheirs } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return { done: await handle(items, after), refused: null };
    } catch (error) {
      if (!isTheirs(error, items.length === 1)) throw error;
      if (items.length > 1) {
        const middle = items.length >> 1;
        const front = await isolate(items.slice(0, middle), options, items[middle]);
        if (front.refused || front.done < middle) return front;
        const back = await isolate(items.slice(middle), options, after);
        return { done: middle + back.done, refused: back.refused };
      }
      if (attempt >= RETRIES.record.times) return { done: 0, refused: { item: items[0]!, error } };
      await pause(pauseMs(RETRIES.record, attempt));
    }
  }
}
