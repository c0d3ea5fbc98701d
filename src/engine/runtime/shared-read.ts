import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Shares reads among concurrent callers. Each caller gets a read that begins after its call: one runs at a time, and
 * all that call meanwhile share the next.
 */
export function createSharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;

  const begin = async (): Promise<T> => {
    await running;
    await nextTurn();
    next = null;
    const reading = read();
    running = reading.catch(() => undefined);
    return reading;
  };

  return () => (next ??= begin());
}
