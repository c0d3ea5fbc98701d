/**
 * Does something with a signal that ends its patience after `ms`. `AbortSignal.timeout` would keep its timer, and make an error of it, long
 * after the work is over.
 */
export async function within<T>(ms: number, work: (patience: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
