import { MadangError, madangError } from './madang-error.js';

export interface RetryOptions {
  /** Ends the tries; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** From when on a failure is final, in milliseconds; without it, passing failures are retried for ever. */
  readonly timeoutMs?: number | undefined;
  /** Called before each pause. */
  readonly onRetry?: ((failure: MadangError) => void) | undefined;
}

/** The server waits up to 10 s for a command. A request without an answer after this long is sent again. */
const ATTEMPT_MS = 15_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
/** A fault of the server that does not pass is the request's own. */
const INTERNAL_TRIES = 5;

/** Grows and varies, so that clients that lost the same server do not come back together. */
export const pauseMs = (attempt: number, { retryAfterMs }: MadangError): number =>
  retryAfterMs ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random() / 2);

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** The promise's outcome, or a passing failure where it has none in time. */
function answered<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  const over = new AbortController();
  const stop = (): void => over.abort(signal!.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const late = pause(ms, over.signal).then((): never => {
    throw new MadangError('NETWORK', `No answer came within ${ms} ms.`);
  });
  return Promise.race([promise, late]).finally(() => {
    signal?.removeEventListener('abort', stop);
    late.catch(() => undefined);
    over.abort();
  });
}

/** Runs it until it has an outcome. What runs must be safe to repeat, as a command is under one commandId. */
export async function retried<T>(run: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { signal, timeoutMs = Infinity, onRetry } = options;
  const end = performance.now() + timeoutMs;
  let internal = 0;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    const left = end - performance.now();
    try {
      return await answered(run(), Math.min(ATTEMPT_MS, left), signal);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = madangError(error);
      internal += failure.code === 'INTERNAL' ? 1 : 0;
      const wait = pauseMs(attempt, failure);
      if (!failure.isPassing || internal >= INTERNAL_TRIES || performance.now() + wait >= end) throw failure;
      onRetry?.(failure);
      await pause(wait, signal);
    }
  }
}
