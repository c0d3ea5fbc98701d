/** Passes the first item at once, and close followers together. */
export interface LeadingEdgeThrottle<T> {
  add(item: T): void;
  /** Drops the waiting items. */
  forget(): void;
  /** Drops the waiting items, and all later ones. */
  close(): void;
}

/**
 * For work that costs about the same for one item as for many. Items that are further apart than `ms` pass one by one;
 * closer ones pass together. A single item does not wait, and a stream of items costs at most 1000 / ms rounds a
 * second.
 */
export function leadingEdgeThrottle<T>(ms: number, pass: (items: readonly T[]) => void): LeadingEdgeThrottle<T> {
  let waiting: T[] = [];
  let resting: NodeJS.Timeout | undefined;

  const rest = (): void => {
    resting = setTimeout(() => {
      resting = undefined;
      if (waiting.length === 0) return;
      const items = waiting;
      waiting = [];
      rest();
      pass(items);
    }, ms);
  };

  return {
    add(item) {
      if (resting) return void waiting.push(item);
      rest();
      pass([item]);
    },
    forget() {
      waiting = [];
    },
    close() {
      clearTimeout(resting);
      waiting = [];
    },
  };
}
