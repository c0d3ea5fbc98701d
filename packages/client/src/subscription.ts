import { madangError } from './madang-error.js';
import type { MadangError } from './madang-error.js';
import { pause, pauseMs } from './retry.js';
import type { Transport, Variables } from './transport.js';

export interface Resubscribed<Data> {
  readonly query: string;
  /** Asked for each time that it is subscribed to. */
  readonly variables: () => Variables;
  readonly next: (data: Data) => void;
  /** Called before each pause; a throw is the end, and a promise is waited for. */
  readonly interrupted: (failure: MadangError) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/** A subscription that stood this long begins its pauses anew. */
const STABLE_MS = 5_000;

/** One subscription: resolves when it completes or `signal` is aborted, and rejects with its failure. */
function once<Data>(transport: Transport, of: Resubscribed<Data>): Promise<void> {
  return new Promise((resolve, reject) => {
    let end: (() => void) | undefined;
    let over = false;
    const finish = (settle: () => void): void => {
      if (over) return;
      over = true;
      of.signal.removeEventListener('abort', stop);
      settle();
    };
    const stop = (): void => finish(() => (end?.(), resolve()));
    of.signal.addEventListener('abort', stop, { once: true });
    end = transport.subscribe<Data>(of.query, of.variables(), {
      next: (data) => {
        if (!over) of.next(data);
      },
      error: (error) => finish(() => reject(madangError(error))),
      complete: () => finish(resolve),
    });
    if (of.signal.aborted) stop();
  });
}

/** A subscription over as many connections as it takes: until it completes, or fails for good. */
export async function resubscribe<Data>(transport: Transport, of: Resubscribed<Data>): Promise<void> {
  for (let attempt = 0; !of.signal.aborted; attempt += 1) {
    const began = performance.now();
    try {
      return await once(transport, of);
    } catch (error) {
      const failure = madangError(error);
      try {
        await of.interrupted(failure);
      } catch (final) {
        if (of.signal.aborted) return;
        throw final;
      }
      if (performance.now() - began > STABLE_MS) attempt = 0;
      await pause(pauseMs(attempt, failure), of.signal).catch(() => undefined);
    }
  }
}
