/** Work that is done now and then, and sooner where there is reason to; one run at a time. */
export interface Poller {
  /** There is something to be found: at once, but not sooner after the last run began than the shortest pause. */
  soon(): void;
  /** There may be something to be found one day. */
  eventually(): void;
  /** Ends after the running one. Idempotent. */
  stop(): Promise<void>;
}

export interface PollerOptions {
  /** Answers whether there may be something to be found later. Must not throw. */
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
      // What is there now may have come after the running look had looked there.
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
