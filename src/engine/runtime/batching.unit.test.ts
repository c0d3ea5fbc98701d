import fc from 'fast-check';
import { createBatcher } from './batching.js';

interface FakeTimers {
  useFakeTimers(options?: { readonly doNotFake: readonly string[] }): unknown;
  useRealTimers(): unknown;
  advanceTimersByTime(ms: number): void;
  advanceTimersByTimeAsync(ms: number): Promise<void>;
}
const { jest } = import.meta as unknown as { readonly jest: FakeTimers };

function gateway(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const roomy = {
  maxItems: 1_000,
  maxBytes: 1_000_000,
  maxQueued: 10_000,
  maxWaitMs: 10_000,
  refused: (why: string) => new Error(why),
};

describe('a batcher', () => {
  test('arrivals of one turn are flushed together, those during a flush in the next', async () => {
    const flushes: number[][] = [];
    const gate = gateway();
    const batcher = createBatcher<number, number>({
      ...roomy,
      async flush(items) {
        flushes.push([...items]);
        if (flushes.length === 1) await gate.opened;
        return items.map((item) => item * 10);
      },
    });
    const first = [batcher.push(1, 1), batcher.push(2, 1)];
    await new Promise((resolve) => setImmediate(resolve));
    const second = [batcher.push(3, 1), batcher.push(4, 1)];
    gate.open();
    expect(await Promise.all([...first, ...second])).toEqual([10, 20, 30, 40]);
    expect(flushes).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('after a flush of several the next one begins later; a single item never waits', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
    const flushes: number[][] = [];
    const batcher = createBatcher<number, number>({
      ...roomy,
      gatherMs: 1_000,
      maxItems: 3,
      flush(items) {
        flushes.push([...items]);
        return Promise.resolve(items);
      },
    });
    await batcher.push(1, 1);
    await batcher.push(2, 1);
    await Promise.all([batcher.push(3, 1), batcher.push(4, 1)]);
    expect(flushes).toEqual([[1], [2], [3, 4]]);
    const last = [batcher.push(5, 1), batcher.push(6, 1)];
    jest.advanceTimersByTime(999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(flushes).toHaveLength(3);
    jest.advanceTimersByTime(2);
    await Promise.all(last);
    expect(flushes.slice(3)).toEqual([[5, 6]]);
    jest.useRealTimers();
  });

  test('a failed flush fails its own items only', async () => {
    const batcher = createBatcher<number, number>({
      ...roomy,
      maxItems: 1,
      flush: (items) => (items[0] === 1 ? Promise.reject(new Error('no')) : Promise.resolve(items)),
    });
    const [bad, good] = await Promise.allSettled([batcher.push(1, 1), batcher.push(2, 1)]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'no' } });
    expect(good).toEqual({ status: 'fulfilled', value: 2 });
  });

  test('refuses at once past its bound, and refuses an item that waited too long', async () => {
    const gate = gateway();
    const batcher = createBatcher<number, number>({
      ...roomy,
      maxQueued: 2,
      maxWaitMs: 20,
      async flush(items) {
        await gate.opened;
        return items;
      },
    });
    const flushed = batcher.push(1, 1);
    await new Promise((resolve) => setImmediate(resolve));
    const late = [batcher.push(2, 1), batcher.push(3, 1)].map((promise) => promise.catch((error: unknown) => error));
    const refused = await batcher.push(4, 1).catch((error: unknown) => error);
    expect(refused).toEqual(new Error('full'));
    for (const error of await Promise.all(late)) expect(error).toEqual(new Error('late'));
    gate.open();
    await expect(flushed).resolves.toBe(1);
    await batcher.idle();
  });

  test('an item is refused at its own time, and then is not flushed', async () => {
    jest.useFakeTimers();
    try {
      const gate = gateway();
      const flushes: string[] = [];
      const batcher = createBatcher<string, string>({
        ...roomy,
        maxWaitMs: 100,
        async flush(items) {
          flushes.push(items.join(''));
          if (flushes.length === 1) await gate.opened;
          return items;
        },
      });
      const ends: string[] = [];
      const push = (item: string) =>
        void batcher.push(item, 1).then(
          () => ends.push(`${item} flushed`),
          (error: Error) => ends.push(`${item} ${error.message}`),
        );
      push('a');
      await jest.advanceTimersByTimeAsync(50);
      push('b');
      await jest.advanceTimersByTimeAsync(70);
      push('c');
      await jest.advanceTimersByTimeAsync(28);
      expect(ends).toEqual([]);
      await jest.advanceTimersByTimeAsync(5);
      expect(ends).toEqual(['b late']);
      await jest.advanceTimersByTimeAsync(60);
      push('d');
      gate.open();
      await jest.advanceTimersByTimeAsync(5);
      expect([ends, flushes]).toEqual([
        ['b late', 'a flushed', 'c flushed', 'd flushed'],
        ['a', 'cd'],
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('a burst that is flushed batch by batch waits for its turn, however long it is', async () => {
    const batcher = createBatcher<number, number>({
      ...roomy,
      maxItems: 1,
      maxWaitMs: 20,
      async flush(items) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return items;
      },
    });
    const burst = Array.from({ length: 20 }, (_, index) => index);
    await expect(Promise.all(burst.map((item) => batcher.push(item, 1)))).resolves.toEqual(burst);
  });

  test('an answer that a busy process has not read yet counts', async () => {
    const gate = gateway();
    const batcher = createBatcher<number, number>({
      ...roomy,
      maxItems: 1,
      maxWaitMs: 20,
      async flush(items) {
        await gate.opened;
        return items;
      },
    });
    const both = Promise.all([batcher.push(1, 1), batcher.push(2, 1)]);
    await new Promise((resolve) => setImmediate(resolve));
    // In the event loop's phase for sockets, after overdue timers.
    setImmediate(() => gate.open());
    const busyUntil = performance.now() + 60;
    while (performance.now() < busyUntil);
    await expect(both).resolves.toEqual([1, 2]);
  });

  test('a flush takes as many items as fit, and at least one', async () => {
    const flushes: string[] = [];
    const batcher = createBatcher<string, string>({
      ...roomy,
      maxItems: 3,
      maxBytes: 50,
      flush(items) {
        flushes.push(items.join(''));
        return Promise.resolve(items);
      },
    });
    const sizes = { a: 25, b: 25, c: 26, d: 25, e: 51, f: 1, g: 1, h: 1, i: 1 };
    await Promise.all(Object.entries(sizes).map(([item, bytes]) => batcher.push(item, bytes)));
    expect(flushes).toEqual(['ab', 'c', 'd', 'e', 'fgh', 'i']);
  });

  test('is idle at once without work, and otherwise after the last flush', async () => {
    const gate = gateway();
    const batcher = createBatcher<number, number>({
      ...roomy,
      maxItems: 1,
      async flush(items) {
        await gate.opened;
        return items;
      },
    });
    await batcher.idle();
    const seen: string[] = [];
    const pushed = [1, 2].map((item) => batcher.push(item, 1).then(() => seen.push(`flushed ${item}`)));
    const idle = [1, 2].map(() => batcher.idle().then(() => seen.push('idle')));
    await new Promise((resolve) => setImmediate(resolve));
    gate.open();
    await Promise.all([...pushed, ...idle]);
    expect(seen).toEqual(['flushed 1', 'flushed 2', 'idle', 'idle']);
    await batcher.idle();
  });

  test('works again after it was idle', async () => {
    const batcher = createBatcher<number, number>({ ...roomy, flush: (items) => Promise.resolve(items) });
    for (const item of [1, 2, 3]) {
      expect(await batcher.push(item, 1)).toBe(item);
      await batcher.idle();
    }
  });

  test('keeps the order and its bounds for any sizes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200 }), async (sizes) => {
        const seen: number[] = [];
        const batcher = createBatcher<number, number>({
          ...roomy,
          maxItems: 7,
          maxBytes: 50,
          async flush(items) {
            await Promise.resolve();
            expect(items.length).toBeLessThanOrEqual(7);
            const bytes = items.reduce((sum, item) => sum + sizes[item]!, 0);
            expect(items.length === 1 || bytes <= 50).toBe(true);
            seen.push(...items);
            return items;
          },
        });
        const results = await Promise.all(sizes.map((size, index) => batcher.push(index, size)));
        expect(results).toEqual(sizes.map((_, index) => index));
        expect(seen).toEqual(results);
      }),
      { numRuns: 50 },
    );
  });
});
