export interface Steps<T> {
  /** Undefined: the iteration is over. */
  readonly next: () => Promise<T | undefined>;
  /** The reader goes. It need not wait for a `next` that is under way: that one has to end by it. May be called again. */
  readonly end: () => unknown;
}

const DONE = { done: true, value: undefined } as const;

/**
 * An iteration that its reader can end while a `next` waits, perhaps for ever: the `return` of an async generator would
 * wait for it, too.
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
