export interface BatcherOptions<T, R> {
  /**
   * Called with at least one item, one call at a time. Gives one result an item, in the same order. A throw is every
   * item's.
   */
  flush(items: readonly T[]): Promise<readonly R[]>;
  /** Bounds of one flush. An item that is larger than `maxBytes` goes alone. */
  readonly maxItems: number;
  readonly maxBytes: number;
  /** Items that may wait; those past it are refused at once. */
  readonly maxQueued: number;
  /**
   * An item that has waited so long is refused while the flush in front of it has been under way for as long: nobody
   * answers. A crowd that is taken batch by batch waits for its turn instead.
   */
  readonly maxWaitMs: number;
  /** The error of an item that is refused: the queue is full, or the item waited too long. It was not flushed. */
  refused(why: 'full' | 'late'): Error;
}

export interface Batcher<T, R> {
  /** Puts an item at the end of the queue; settles as its flush does. @throws the error of `refused` */
  push(item: T, bytes: number): Promise<R>;
  /** Resolves when nothing waits and nothing is under way. */
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
 * Puts items that arrive together into one flush. An idle batcher flushes at the end of the event loop's turn, so that
 * what came in the same turn goes along; what arrives during a flush goes into the next. So the batch grows with the
 * load, and nobody waits for a timer.
 */
export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  let queue: Waiting<T, R>[] = [];
  let busy = false;
  /** When the flush that is under way began. */
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
      try {
        const results = await options.flush(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, index) => resolve(results[index] as R));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy = false;
    flushing = Infinity;
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
    // A busy process may have the answer in its sockets: it is looked at before anybody is refused.
    const asked = flushing;
    setImmediate(() => {
      if (flushing === asked && performance.now() - flushing >= options.maxWaitMs) refuseLate();
      watch();
    });
  }

  function refuseLate(): void {
    const now = performance.now();
    const late = queue.filter(({ until }) => until <= now);
    if (late.length > 0) queue = queue.filter(({ until }) => until > now);
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
