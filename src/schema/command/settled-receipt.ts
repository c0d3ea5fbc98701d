import type { Receipt } from '../../engine/domain/receipt.js';

/**
 * The receipt of a command, once, as soon as it exists. Written by hand: an async generator cannot be ended while it
 * waits. Its `return` would wait too, for an outcome that may never come.
 */
export function settledReceipt(
  settled: (signal: AbortSignal) => Promise<Receipt | null>,
  connection: AbortSignal,
): AsyncIterableIterator<Receipt> {
  const ending = new AbortController();
  const end = (): void => {
    connection.removeEventListener('abort', end);
    ending.abort();
  };
  connection.addEventListener('abort', end, { once: true });
  if (connection.aborted) end();
  const done = { done: true, value: undefined } as const;
  let asked = false;

  return {
    async next() {
      if (asked || ending.signal.aborted) return done;
      asked = true;
      try {
        const receipt = await settled(ending.signal);
        return receipt ? { done: false, value: receipt } : done;
      } finally {
        connection.removeEventListener('abort', end);
      }
    },
    return() {
      end();
      return Promise.resolve(done);
    },
    throw(error: Error) {
      end();
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
