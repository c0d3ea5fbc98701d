import type { RequestStatus } from './gifticon-requests.js';

/**
 * The standings of one request for whoever watches it. Of those that it does not take in time, only the newest is kept.
 */
export interface RequestStatusSource {
  readonly statuses: AsyncIterableIterator<RequestStatus>;
  push(current: RequestStatus): void;
  /** After what was pushed before. Idempotent. */
  end(): void;
  /** At once: what was pushed and not taken is dropped. */
  drop(): void;
}

const DONE = { done: true, value: undefined } as const;

/**
 * Written by hand, since an async generator cannot be ended while it waits: `return` would wait too, for a standing
 * that perhaps never comes. `ended` is called once, when nobody is to be told any more. A signal that was aborted
 * before is the caller's to look at.
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
