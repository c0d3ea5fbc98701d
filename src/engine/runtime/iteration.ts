export interface Steps<T> {
  /** Undefined: the iteration is over. */
  readonly next: () => Promise<T | undefined>;
  /** The reader stops. Called also during a pending `next`, which has to end by it. Idempotent. */
  readonly end: () => unknown;
}

const DONE = { done: true, value: undefined } as const;

/**
 * An iteration that its reader can end during a pending `next`: the `return` of an async generator would wait for it,
 * perhaps for ever.
 */
export function iteration<T extends object>({ next, end }: Steps<T>): AsyncGenerator<T, void, void> {
  return {
    async next() {
      const value = await next();
      return value === undefined ? DONE : { done: false, value };
    },
    async return() {
      await end();
      return DONE;
    },
    async throw(error) {
      await end();
      throw error;
    },
    async [Symbol.asyncDispose]() {
      await end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
