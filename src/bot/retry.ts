import { pause } from './clock.js';
import { Failure } from './failure.js';

export interface Retrying {
  /** From when on a failure is final. */
  readonly giveUpMs: number;
  readonly signal: AbortSignal;
  /** Called before each pause. */
  readonly onRetry: (failure: Failure) => void;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 4_000;

/** Grows and varies: clients that lost the same server must not come back together. */
export const pauseMs = (attempt: number, { details: { retryAfterMs } }: Failure): number =>
  retryAfterMs ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random() / 2);

/**
 * Runs it until it has an outcome, and obeys the server's `retryAfterMs`. It must be safe to repeat, as a command is
 * under one commandId.
 * @throws {Failure} for good
 */
export async function retried<T>(run: () => Promise<T>, { giveUpMs, signal, onRetry }: Retrying): Promise<T> {
  const end = performance.now() + giveUpMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const wait = pauseMs(attempt, error);
      if (!error.isPassing || signal.aborted || performance.now() + wait >= end) throw error;
      onRetry(error);
      await pause(wait, signal);
    }
  }
}
