export interface PollOptions {
  readonly run: () => Promise<unknown>;
  readonly everyMs: number;
  /** Called with the error of a failed run; the next run comes all the same. Must not throw. */
  readonly failed: (error: unknown) => void;
}

/** Periodic work, one run at a time. */
export interface Poll {
  /** Runs at once, or waits for the current run. Never rejects. */
  now(): Promise<void>;
  /** Prevents further runs. Resolves when the current one has ended. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs at an interval, for the first time after one interval. Skips a run while the previous one is still running. Does
 * not keep the process alive.
 */
export function startPoll({ run, everyMs, failed }: PollOptions): Poll {
  let running: Promise<void> | undefined;
  let stopped = false;

  const once = async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      failed(error);
    } finally {
      running = undefined;
    }
  };
  const now = (): Promise<void> => (stopped ? (running ?? Promise.resolve()) : (running ??= once()));
  const timer = setInterval(() => void now(), everyMs);
  timer.unref();

  return {
    now,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
