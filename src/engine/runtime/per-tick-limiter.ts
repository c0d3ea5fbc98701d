/**
 * Admits a burst in small groups, so that other requests, and the data that the burst waits for, get time in between.
 */
export interface PerTickLimiter {
  /** Resolves at the caller's turn, in order of arrival, to whether it had to wait. */
  enter(): Promise<boolean>;
  /** How long the first waiter has waited, in milliseconds; 0 without one. */
  waitedMs(): number;
}

interface Waiting {
  readonly since: number;
  readonly pass: (waited: true) => void;
}

const COMPACT_AT = 1_024;
const AT_ONCE = Promise.resolve(false);

/** @param perTurn maximum admissions in one turn of the event loop */
export function createPerTickLimiter(perTurn: number): PerTickLimiter {
  const waiting: Waiting[] = [];
  let head = 0;
  let passed = 0;
  let turning = false;

  const turn = (): void => {
    passed = 0;
    while (head < waiting.length && passed < perTurn) {
      passed++;
      waiting[head++]!.pass(true);
    }
    // Also while it never empties. Not in each turn: moving the rest costs as much as its length.
    if (head === waiting.length || (head >= COMPACT_AT && 2 * head >= waiting.length)) {
      waiting.splice(0, head);
      head = 0;
    }
    turning = passed > 0;
    if (turning) setImmediate(turn);
  };

  return {
    enter() {
      if (!turning) {
        turning = true;
        setImmediate(turn);
      }
      // While any wait, the turn has admitted as many as it may: none is overtaken.
      if (passed < perTurn) {
        passed++;
        return AT_ONCE;
      }
      return new Promise((pass) => waiting.push({ since: performance.now(), pass }));
    },
    waitedMs: () => (head < waiting.length ? performance.now() - waiting[head]!.since : 0),
  };
}
