import type { RequestStatus } from './gifticon-requests.js';

/** The statuses of one request for its watcher. A slow watcher gets only the newest one. */
export interface RequestStatusSource {
  readonly statuses: AsyncIterableIterator<RequestStatus>;
  push(current: RequestStatus): void;
  /** Ends after the statuses pushed before. Idempotent. */
  end(): void;
  /** Ends at once, without the statuses that were not taken. */
  drop(): void;
}

const DONE = { done: true, value: undefined } as const;

/**
 * Written by hand: an async generator cannot be ended while it waits. Its `return` would wait too, for a status that
 * may never come. `ended` is called once, when the watcher is gone. The caller checks a signal that was aborted before.
 */
export function requestStatusSource(signal: AbortSignal, ended: () => void): RequestStatusSource {
  let newest: RequestStatus | null = null;
  let over = false;
  let waiting: ((result: IteratorResult<RequestStatus, undefined>) => void)[] = [];

  const end = (): void => {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', drop);
    for (const resolve of waiting) resolve(DONE);
    waiting = [];
    ended();
  };
  const drop = (): void => {
    newest = null;
    end();
  };
  signal.addEventListener('abort', drop, { once: true });

  return {
    push(current) {
      if (over) return;
      const next = waiting.shift();
      if (next) next({ done: false, value: current });
      else newest = current;
    },
    end,
    drop,
    statuses: {
      next() {
        const value = newest;
        newest = null;
        if (value) return Promise.resolve({ done: false, value });
        return over ? Promise.resolve(DONE) : new Promise((resolve) => waiting.push(resolve));
      },
      return() {
        drop();
        return Promise.resolve(DONE);
      },
      throw(error: Error) {
        drop();
        return Promise.reject(error);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
  };
}
