import { performance } from 'node:perf_hooks';

/**
 * An answer is served for this many times the duration of making it: making answers takes at most a twentieth of the
 * process's time.
 */
const TIMES_AS_LONG = 20;

/** Makes one answer for all concurrent callers, and for a moment after. */
export function sharedAnswer<T>(make: () => Promise<T>): () => Promise<T> {
  let last: { readonly answer: Promise<T>; good: number } | null = null;
  return () => {
    if (last && performance.now() < last.good) return last.answer;
    const began = performance.now();
    const made = { answer: make(), good: Number.POSITIVE_INFINITY };
    const over = (times: number) => (): void => {
      made.good = performance.now() + times * (performance.now() - began);
    };
    made.answer.then(over(TIMES_AS_LONG), over(0));
    last = made;
    return made.answer;
  };
}
