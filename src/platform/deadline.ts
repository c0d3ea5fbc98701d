/** The end of someone's patience. `AbortSignal.timeout` would keep its timer, and make an error of it, long after the wait is over. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborts after `ms`, unless it is disposed of before. */
export function deadlineIn(ms: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  timer.unref();
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
