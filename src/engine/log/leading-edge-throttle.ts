/** Passes the first item at once, and close followers together. */
export interface LeadingEdgeThrottle<T> {
  add(item: T): void;
  /** Drops the waiting items. */
  forget(): void;
  /** Drops the waiting items, and all later ones. */
  close(): void;
}

/** So many items of one round are a busy stream. */
const MANY = 4;

/**
 * For work that costs about the same for one item as for many. Items that are further apart than `ms` pass one by one;
 * closer ones pass together. A single item does not wait, and a stream of items costs at most 1000 / ms rounds a
 * second.
 * @param busyMs the interval after a round of many items
 */
export function leadingEdgeThrottle<T>(
  ms: number,
  pass: (items: readonly T[]) => void,
  busyMs = ms,
): LeadingEdgeThrottle<T> {
  let waiting: T[] = [];
  let resting: NodeJS.Timeout | undefined;

  const rest = (restMs: number): void => {
    resting = setTimeout(() => {
      resting = undefined;
      if (waiting.length === 0) return;
      const items = waiting;
      waiting = [];
      rest(items.length < MANY ? ms : busyMs);
      pass(items);
    }, restMs);
  };

  return {
    add(item) {
      if (resting) return void waiting.push(item);
      rest(ms);
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
