/** Polls at long intervals, and sooner after a notification; one poll at a time. */
export interface Poller {
  /** Polls at once, but not sooner after the last poll's beginning than the shortest pause. */
  soon(): void;
  /** Polls within the longest pause. */
  eventually(): void;
  /** Ends after the running poll. Idempotent. */
  stop(): Promise<void>;
}

export interface PollerOptions {
  /** Returns whether to poll again later. Must not throw. */
  readonly poll: () => Promise<boolean>;
  readonly shortestMs: number;
  readonly longestMs: number;
}

export function createPoller({ poll, shortestMs, longestMs }: PollerOptions): Poller {
  let timer: NodeJS.Timeout | undefined;
  let due = Infinity;
  let began = -Infinity;
  let again = false;
  let running: Promise<void> | undefined;
  let stopped = false;

  const schedule = (at: number): void => {
    if (stopped || running || at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(run, Math.max(0, at - performance.now()));
    timer.unref();
  };

  const soonest = (): number => began + shortestMs;

  const run = (): void => {
    began = performance.now();
    due = Infinity;
    again = false;
    running = poll().then((more) => {
      running = undefined;
      if (again) schedule(soonest());
      else if (more) schedule(began + longestMs);
    });
  };

  return {
    soon() {
      // The running poll may have passed the place before the change came.
      again = running !== undefined;
      schedule(soonest());
    },
    eventually: () => schedule(performance.now() + longestMs),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
