import { performance } from 'node:perf_hooks';

/**
 * An answer that took a while serves all who ask for so many times as long: making answers takes at most a twentieth of
 * the process.
 */
const TIMES_AS_LONG = 20;

/** Makes one answer for all who ask meanwhile, and a moment later. */
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
