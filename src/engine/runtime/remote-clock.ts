/** A reading replaces a better one that is older than this: clocks drift. */
const KEEP_MS = 10_000;

/** The clock of another machine, estimated from its answers. Before the first answer, this machine's clock. */
export interface RemoteClock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * How far the clock of this machine is ahead, and the error of that, in milliseconds; null before the first answer.
   */
  difference(): { readonly ms: number; readonly errorMs: number } | null;
  /** @param sentAt when the question was sent, by `performance.now()` */
  read(storeNow: number, sentAt: number): void;
}

/** The clock by which the log takes commands, as this process knows it. */
export interface LogClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** The largest error of that, in milliseconds; infinite before the first answer. */
  errorMs(): number;
}

export function createRemoteClock(): RemoteClock {
  /** The true offset is at most `error` away from `offset`. */
  let best = { offset: Date.now() - performance.now(), error: Number.POSITIVE_INFINITY, at: Number.NEGATIVE_INFINITY };
  return {
    now: () => performance.now() + best.offset,
    difference: () =>
      Number.isFinite(best.error) ? { ms: Date.now() - performance.now() - best.offset, errorMs: best.error } : null,
    read(storeNow, sentAt) {
      const at = performance.now();
      // Half a round trip, and half a millisecond of rounding by the store.
      const error = (at - sentAt) / 2 + 0.5;
      const offset = storeNow + 0.5 - (at + sentAt) / 2;
      const jumped = Math.abs(offset - best.offset) > error + best.error + 1;
      if (error <= best.error || jumped || at - best.at > KEEP_MS) best = { offset, error, at };
    },
  };
}
