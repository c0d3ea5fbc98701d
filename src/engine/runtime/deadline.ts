/**
 * Runs the work with a signal that is aborted after `ms`. `AbortSignal.timeout` would keep its timer, and create an
 * error, long after the work is over.
 */
export async function withTimeout<T>(ms: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the work settled within the time. It is not cancelled. */
export async function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

const LEAST_MS = 250;
const QUICK_MS = 1_000;

/**
 * Waits like {@link settlesWithin} that take `totalMs` together at most: parts that stop one after the other, and
 * depend on the same server, must not wait for it in full each. Waits that are soon over are not counted, since the
 * server answers; and each may take a quarter of a second.
 */
export function waitsInAll(totalMs: number): (work: Promise<unknown>, ms: number) => Promise<boolean> {
  let leftMs = totalMs;
  return async (work, ms) => {
    const began = performance.now();
    const settled = await settlesWithin(work, Math.max(LEAST_MS, Math.min(ms, leftMs)));
    const tookMs = performance.now() - began;
    if (!settled || tookMs > QUICK_MS) leftMs -= tookMs;
    return settled;
  };
}
