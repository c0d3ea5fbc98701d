import type { EngineLogger } from './logger.js';

export interface StartWaitOptions {
  /** What is waited for, and how far it is: as long as this changes, there is progress. */
  readonly what: () => string;
  /** Ends the wait, with its reason. */
  readonly signal: AbortSignal;
  readonly log: EngineLogger;
  readonly sayEveryMs?: number;
  /** Without progress. */
  readonly giveUpMs?: number;
}

/** A part of the start that others keep from ending. */
export class StartWaitError extends Error {
  readonly code = 'START_WAITED';
}

const SAY_EVERY_MS = 10_000;
const GIVE_UP_MS = 120_000;

/**
 * Waits for a part of the start, says now and then what for, and gives up where nothing moves: a supervisor starts the
 * process again, and an operator reads why. The work itself goes on, and ends when what was started is stopped.
 * @throws {StartWaitError}
 */
export async function startWait<T>(
  work: Promise<T>,
  { what, signal, log, sayEveryMs = SAY_EVERY_MS, giveUpMs = GIVE_UP_MS }: StartWaitOptions,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let aborted: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    let [waitsFor, since] = [what(), performance.now()];
    aborted = () => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
    timer = setInterval(() => {
      const now = what();
      if (now !== waitsFor) [waitsFor, since] = [now, performance.now()];
      const seconds = Math.round((performance.now() - since) / 1_000);
      if (performance.now() - since >= giveUpMs)
        return reject(
          new StartWaitError(
            `the start waits for ${now}, and nothing has moved for ${seconds} s: see the lines before, and start again`,
          ),
        );
      log.warn({ seconds }, `the start waits for ${now}`);
    }, sayEveryMs);
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', aborted!);
    work.catch(() => undefined);
  }
}
