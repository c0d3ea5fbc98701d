export interface BatcherOptions<T, R> {
  /**
   * Called with at least one item, one call at a time. Returns one result per item, in the same order. A throw rejects
   * every item.
   */
  flush(items: readonly T[]): Promise<readonly R[]>;
  /** Bounds of one flush. An item above `maxBytes` is flushed alone. */
  readonly maxItems: number;
  readonly maxBytes: number;
  /**
   * After a flush of several items the next one begins this long after it began, or later, in milliseconds: it has more
   * items in it then. An item that comes alone does not wait. Default: 0.
   */
  readonly gatherMs?: number;
  /** Maximum number of waiting items; further ones are refused at once. */
  readonly maxQueued: number;
  /**
   * An item that has waited this long is refused if the flush before it has been running this long, too: there is no
   * answer. In a burst that is flushed batch by batch, items wait for their turn instead.
   */
  readonly maxWaitMs: number;
  /** The error of an item that is refused: the queue is full, or the item waited too long. It was not flushed. */
  refused(why: 'full' | 'late'): Error;
}

export interface Batcher<T, R> {
  /** Puts an item at the end of the queue; settles as its flush does. @throws the error of `refused` */
  push(item: T, bytes: number): Promise<R>;
  /** Resolves once nothing is waiting or being flushed. */
  idle(): Promise<void>;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly bytes: number;
  readonly until: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Combines items that arrive together into one flush. An idle batcher flushes at the end of the turn of the event loop,
 * with all items of the turn; items that arrive during a flush go into the next. So batches grow with the load, and an
 * item that comes alone waits for no timer.
 */
export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const { gatherMs = 0 } = options;
  let queue: Waiting<T, R>[] = [];
  let busy = false;
  /** The start of the running flush. */
  let flushing = Infinity;
  let expiry: NodeJS.Timeout | undefined;
  let idlers: (() => void)[] = [];

  function take(): Waiting<T, R>[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: size } of queue) {
      if (count > 0 && (count === options.maxItems || bytes + size > options.maxBytes)) break;
      bytes += size;
      count++;
    }
    const taken = queue.slice(0, count);
    queue = queue.slice(count);
    return taken;
  }

  async function work(): Promise<void> {
    while (queue.length > 0) {
      const batch = take();
      flushing = performance.now();
      const nextAt = batch.length > 1 ? flushing + gatherMs : 0;
      try {
        const results = await options.flush(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, index) => resolve(results[index] as R));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      flushing = Infinity;
      const restMs = nextAt - performance.now();
      if (restMs > 0 && queue.length < options.maxItems) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    busy = false;
    for (const wake of idlers) wake();
    idlers = [];
  }

  function watch(): void {
    if (queue.length === 0) return;
    const until = Math.max(queue[0]!.until, Number.isFinite(flushing) ? flushing + options.maxWaitMs : 0);
    expiry ??= setTimeout(expired, Math.max(0, until - performance.now()) + 1).unref();
  }

  function expired(): void {
    expiry = undefined;
    // A busy process may have the answer in its sockets: they are read before an item is refused.
    setImmediate(() => {
      // A flush that began meanwhile is young.
      if (performance.now() - flushing >= options.maxWaitMs) refuseLate();
      watch();
    });
  }

  function refuseLate(): void {
    const now = performance.now();
    const late = queue.filter(({ until }) => until <= now);
    queue = queue.filter(({ until }) => until > now);
    for (const { reject } of late) reject(options.refused('late'));
  }

  return {
    push: (item, bytes) =>
      new Promise<R>((resolve, reject) => {
        if (queue.length >= options.maxQueued) {
          reject(options.refused('full'));
          return;
        }
        queue.push({ item, bytes, until: performance.now() + options.maxWaitMs, resolve, reject });
        watch();
        if (busy) return;
        busy = true;
        setImmediate(() => void work());
      }),
    idle: () => (busy ? new Promise<void>((resolve) => idlers.push(resolve)) : Promise.resolve()),
  };
}
