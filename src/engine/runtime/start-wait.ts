import type { EngineLogger } from './logger.js';

export interface StartWaitOptions {
  /** The subject of the wait, and how far it is: a change counts as progress. */
  readonly describe: () => string;
  /** Ends the wait, with its reason. */
  readonly signal: AbortSignal;
  readonly log: EngineLogger;
  readonly logIntervalMs?: number;
  /** Maximum time without progress. */
  readonly giveUpMs?: number;
}

/** Another part keeps the start from finishing. */
export class StartWaitError extends Error {
  readonly code = 'START_WAITED';
}

const LOG_INTERVAL_MS = 10_000;
const GIVE_UP_MS = 120_000;

/**
 * Waits for a part of the start, logs the subject regularly, and gives up without progress: a supervisor starts the
 * process again, and an operator reads the reason. The work itself continues, and ends with the stop of its owner.
 * @throws {StartWaitError}
 */
export async function startWait<T>(
  work: Promise<T>,
  { describe: what, signal, log, logIntervalMs: sayEveryMs = LOG_INTERVAL_MS, giveUpMs = GIVE_UP_MS }: StartWaitOptions,
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
      log.warn({ seconds }, `the start waits for ${now}`);
      if (performance.now() - since < giveUpMs) return;
      const why = `nothing has moved for ${seconds} s: see the lines before, and start again`;
      reject(new StartWaitError(`the start waits for ${now}, and ${why}`));
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
