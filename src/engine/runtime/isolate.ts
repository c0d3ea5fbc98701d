import { RETRIES, pause, pauseMs } from './retry.js';

/** An item that cannot be handled, and why. All before it are handled, none after it is. */
export interface Refusal<T> {
  readonly item: T;
  readonly error: unknown;
}

export interface Isolated<T> {
  /** How many of the items are handled: the first ones. */
  readonly done: number;
  readonly refused: Refusal<T> | null;
}

export interface IsolateOptions<T> {
  /**
   * Handles the items in order, and says how many: fewer than all where the next one has to wait. A throw handles none.
   * @param after the item behind them, where there is one
   */
  readonly handle: (items: readonly T[], after: T | undefined) => Promise<number>;
  /** Whether a failure is the fault of the items. Any other ends the work. @param alone of a single item */
  readonly isTheirs: (error: unknown, alone: boolean) => boolean;
}

/**
 * Handles items at once where that succeeds. Where it fails, they are halved until the first that fails stands alone,
 * and it is tried again a few times by itself. Ends behind an item that has to wait, or with one that is refused.
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
