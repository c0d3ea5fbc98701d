import { waitsInAll } from './deadline.js';

const never = new Promise<never>(() => undefined);

async function took(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}

test('waits in vain take the given time together, and the least time each after it', async () => {
  const settles = waitsInAll(1_000);
  const waits = [
    await took(settles(never, 900)),
    await took(settles(never, 60_000)),
    await took(settles(never, 60_000)),
  ];
  // A timer may fire late, never early.
  for (const [index, least] of [890, 240, 240].entries()) expect(waits[index]).toBeGreaterThan(least);
  expect(waits[1]! + waits[2]!).toBeLessThan(60_000);
});

test('a wait that is over at once takes nothing from the others', async () => {
  const settles = waitsInAll(60_000);
  const failed = Promise.reject(new Error('refused'));
  expect([await settles(Promise.resolve(), 1_000), await settles(failed, 1_000)]).toEqual([true, true]);
  expect(await settles(never, 300)).toBe(false);
});
