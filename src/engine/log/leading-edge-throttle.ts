/** Lets the first through at once, and what follows closely after it together. */
export interface LeadingEdgeThrottle<T> {
  add(item: T): void;
  /** What waits is forgotten. */
  forget(): void;
  /** The same, for good. */
  close(): void;
}

/**
 * Work that costs about the same for one item as for many is done for one at a time as long as they come one by one,
 * and for all that came within `ms` where they come faster. So whoever comes alone waits for nothing, and a stream of
 * items costs no more than 1000 / ms rounds a second.
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
