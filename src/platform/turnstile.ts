/** Lets a crowd in by small groups, so that there is time between them for everyone else and for what the crowd itself waits for. */
export interface Turnstile {
  /** Resolves when it is one's turn, in the order of coming. */
  enter(): Promise<void>;
}

/** @param perTurn how many may pass in one turn of the event loop */
export function createTurnstile(perTurn: number): Turnstile {
  const waiting: (() => void)[] = [];
  let head = 0;
  let passed = 0;
  let turning = false;

  const turn = (): void => {
    passed = 0;
    while (head < waiting.length && passed < perTurn) {
      passed++;
      waiting[head++]!();
    }
    if (head === waiting.length) {
      waiting.length = 0;
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
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}
