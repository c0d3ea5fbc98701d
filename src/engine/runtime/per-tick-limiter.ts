/**
 * Lets a crowd in by small groups, so that there is time between them for everyone else and for what the crowd itself
 * waits for.
 */
export interface PerTickLimiter {
  /** Resolves when it is one's turn, in the order of coming: with whether that had to be waited for. */
  enter(): Promise<boolean>;
  /** How long the first of those who wait has waited, in milliseconds; 0 where nobody does. */
  waitedMs(): number;
}

interface Waiting {
  readonly since: number;
  readonly pass: (waited: true) => void;
}

const COMPACT_AT = 1_024;
const AT_ONCE = Promise.resolve(false);

/** @param perTurn how many may pass in one turn of the event loop */
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
    // Also while it never empties. Not at each turn: moving what is left costs as much as there is.
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
      if (passed < perTurn && head === waiting.length) {
        passed++;
        return AT_ONCE;
      }
      return new Promise((pass) => waiting.push({ since: performance.now(), pass }));
    },
    waitedMs: () => (head < waiting.length ? performance.now() - waiting[head]!.since : 0),
  };
}
