/** What a thread's users have done so far. */
export interface Counts {
  signedIn: number;
  joined: number;
  sent: number;
  delivered: number;
  fetched: number;
  pressed: number;
  issued: number;
  soldOut: number;
  /** Connections that the bot itself cut. */
  cuts: number;
  /** Subscriptions that the server or the network ended, and that were resumed. */
  interrupted: number;
  /** Refused for the moment with TOO_MANY_REQUESTS or ROOM_HOT, and sent again after `retryAfterMs`. */
  throttled: number;
  /** Sent again after any other passing failure. */
  retried: number;
  /** Operations without the outcome that they should have. */
  failures: number;
  /** The same by operation and code, such as `send NETWORK`. */
  readonly failed: Record<string, number>;
}

export const noCounts = (): Counts => ({
  signedIn: 0,
  joined: 0,
  sent: 0,
  delivered: 0,
  fetched: 0,
  pressed: 0,
  issued: 0,
  soldOut: 0,
  cuts: 0,
  interrupted: 0,
  throttled: 0,
  retried: 0,
  failures: 0,
  failed: {},
});

export function sumOf(all: Iterable<Counts>): Counts {
  const sum = noCounts();
  for (const counts of all)
    for (const [name, value] of Object.entries(counts) as [keyof Counts, Counts[keyof Counts]][]) {
      if (typeof value === 'number') (sum[name] as number) += value;
      else for (const [what, count] of Object.entries(value)) sum.failed[what] = (sum.failed[what] ?? 0) + count;
    }
  return sum;
}

export function countFailure(counts: Counts, what: string, code: string): void {
  counts.failures++;
  const name = `${what} ${code}`;
  counts.failed[name] = (counts.failed[name] ?? 0) + 1;
}
