import { iteration } from '../engine/runtime/iteration.js';
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

/** `ended` is called once, when the watcher is gone. The caller checks a signal that was aborted before. */
export function requestStatusSource(signal: AbortSignal, ended: () => void): RequestStatusSource {
  let newest: RequestStatus | null = null;
  let over = false;
  let waiting: ((current: RequestStatus | undefined) => void)[] = [];

  const end = (): void => {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', drop);
    for (const resolve of waiting) resolve(undefined);
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
      if (next) next(current);
      else newest = current;
    },
    end,
    drop,
    statuses: iteration({
      next() {
        const value = newest;
        newest = null;
        return value || over
          ? Promise.resolve(value ?? undefined)
          : new Promise<RequestStatus | undefined>((resolve) => waiting.push(resolve));
      },
      end: drop,
    }),
  };
}

/** The statuses of a request that has its outcome. */
export function oneStatus(outcome: RequestStatus, signal: AbortSignal): AsyncIterableIterator<RequestStatus> {
  const source = requestStatusSource(signal, () => undefined);
  source.push(outcome);
  if (signal.aborted) source.drop();
  else source.end();
  return source.statuses;
}
