import { createPerTickLimiter } from './per-tick-limiter.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('a fixed number pass in a turn, the others follow in order of arrival', async () => {
  const limiter = createPerTickLimiter(3);
  const passed: number[] = [];
  for (let n = 0; n < 10; n++) void limiter.enter().then(() => passed.push(n));
  const turns: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    await nextTurn();
    turns.push(passed.length);
  }
  expect(passed).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  // The first group passes at once, and the next at the end of the same turn.
  expect(turns[0]).toBe(6);
  expect(turns[1]).toBe(9);
});

test('it gives the waiting time of the first waiter', async () => {
  const limiter = createPerTickLimiter(1);
  expect(limiter.waitedMs()).toBe(0);
  const all = Promise.all([limiter.enter(), limiter.enter(), limiter.enter()]);
  const until = performance.now() + 5;
  while (performance.now() < until);
  expect(limiter.waitedMs()).toBeGreaterThanOrEqual(5);
  await all;
  expect(limiter.waitedMs()).toBe(0);
});

test('a single caller does not wait', async () => {
  const limiter = createPerTickLimiter(1);
  let passed = false;
  void limiter.enter().then(() => (passed = true));
  await Promise.resolve();
  expect(passed).toBe(true);
  await nextTurn();
  await nextTurn();
  let again = false;
  void limiter.enter().then(() => (again = true));
  await Promise.resolve();
  expect(again).toBe(true);
});

test('the order holds while the queue never empties', async () => {
  const limiter = createPerTickLimiter(100);
  const passed: number[] = [];
  let coming = 0;
  const enter = (): void => {
    const n = coming++;
    void limiter.enter().then(() => {
      passed.push(n);
      if (coming < 20_000) enter();
    });
  };
  for (let n = 0; n < 1_000; n++) enter();
  while (passed.length < 20_000) await nextTurn();
  expect(passed).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
});
