export interface PollOptions {
  readonly run: () => Promise<unknown>;
  readonly everyMs: number;
  /** Called with the failure of a run. The next one comes all the same. Must not throw. */
  readonly failed: (error: unknown) => void;
}

/** Work that is done again and again, one run at a time. */
export interface Poll {
  /** Runs at once, or waits for the run that is under way. Never rejects. */
  now(): Promise<void>;
  /** No run begins from this call on. Resolves when the one that is under way has ended. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs every so many milliseconds, for the first time after as many. Where a run is still under way by then, the turn is
 * left out. Does not keep the process alive.
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
