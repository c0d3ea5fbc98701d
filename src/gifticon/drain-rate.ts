/** The observed rate at which a partition's requests are decided. */
export interface DrainRate {
  onDecided(count: number): void;
  /** Requests a second, over the last two seconds; 0 when idle. */
  perSecond(): number;
  /** The rate at the last decision: the rate to expect when deciding goes on. Null before the first decision. */
  lastKnown(): number | null;
}

const SLOT_MS = 100;
const SLOTS = 20;
/** The first batches after a pause come at once: over a shorter span the rate would look too high. */
const MIN_SPAN_MS = 500;

/** A sliding window. `now` in milliseconds, of a clock that never goes back. */
export function createDrainRate(now: () => number = () => performance.now()): DrainRate {
  const slots = Array.from({ length: SLOTS }, () => 0);
  let sum = 0;
  /** The slot of the last reading of the clock. */
  let current = Math.floor(now() / SLOT_MS);
  /** The beginning of the busy period. */
  let since = 0;
  let known: number | null = null;

  const slide = (): number => {
    const at = now();
    const slot = Math.floor(at / SLOT_MS);
    for (let passed = Math.max(current + 1, slot - SLOTS + 1); passed <= slot; passed++) {
      sum -= slots[passed % SLOTS]!;
      slots[passed % SLOTS] = 0;
    }
    current = slot;
    return at;
  };

  const rate = (at: number): number => {
    // The current slot is not over yet.
    const span = at - (current - SLOTS + 1) * SLOT_MS;
    return (sum * 1_000) / Math.min(span, Math.max(MIN_SPAN_MS, at - since));
  };

  return {
    onDecided(count) {
      const at = slide();
      if (sum === 0) since = at;
      sum += count;
      slots[current % SLOTS]! += count;
      known = rate(at);
    },
    perSecond: () => rate(slide()),
    lastKnown: () => known,
  };
}
