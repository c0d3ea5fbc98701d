/** How fast requests of a partition are decided, as observed. */
export interface DrainRate {
  onDecided(count: number): void;
  /** Over the last two seconds, a second; 0 when idle. */
  perSecond(): number;
  /** The rate when something was decided last: what is to be expected when it goes on. Null: nothing ever was. */
  lastKnown(): number | null;
}

const SLOT_MS = 100;
const SLOTS = 20;
/** The first batches after a pause come at once: over less time than this they would look like a flood. */
const MIN_SPAN_MS = 500;

/** A sliding window. `now` in milliseconds, never going back. */
export function createDrainRate(now: () => number = () => performance.now()): DrainRate {
  const slots = Array.from({ length: SLOTS }, () => 0);
  let sum = 0;
  /** The slot of the time as it was last looked at. */
  let current = Math.floor(now() / SLOT_MS);
  /** When it began to be busy. */
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
    // The slot of now is not over yet.
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
