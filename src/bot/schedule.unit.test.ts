import { now } from './clock.js';
import { createLatencies } from './latencies.js';
import { runSchedule } from './schedule.js';
import type { Task } from './schedule.js';

const never = new AbortController().signal;
const block = (ms: number): void => {
  const end = now() + ms;
  while (now() < end);
};

test('tasks begin in the order of their times, none before its time', async () => {
  const startAt = now() + 5;
  const begun: { readonly name: string; readonly earlyMs: number }[] = [];
  const task = (name: string, atMs: number): Task => ({
    atMs,
    run: (dueAt) => void begun.push({ name, earlyMs: dueAt - now() }),
  });
  await runSchedule([task('c', 20), task('a', 0), task('b', 10)], { startAt, signal: never, onBegun: () => undefined });
  expect(begun.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(begun.every(({ earlyMs }) => earlyMs <= 0)).toBe(true);
});

test('a bot that was held up is measured from the due times, and says how late it was', async () => {
  const latencies = createLatencies();
  const late: number[] = [];
  // The first task blocks the thread, as a server that stalls a closed loop would: the ten behind it wait.
  const tasks = Array.from({ length: 11 }, (_, index): Task => ({
    atMs: index,
    run: (dueAt) => {
      if (index === 0) block(200);
      latencies.record('send', now() - dueAt);
    },
  }));
  await runSchedule(tasks, { startAt: now(), signal: never, onBegun: (ms) => late.push(ms) });
  const { count, p50 } = latencies.summary('send')!;
  expect(count).toBe(11);
  // Timed from their sending, all but the first would have taken no time.
  expect(p50).toBeGreaterThan(150);
  expect(late.slice(1).every((ms) => ms > 150)).toBe(true);
});

test('an end ahead of time leaves the rest undone', async () => {
  const stopping = new AbortController();
  let begun = 0;
  const tasks = [0, 5, 60_000].map((atMs): Task => ({ atMs, run: () => void (++begun === 2 && stopping.abort()) }));
  await runSchedule(tasks, { startAt: now(), signal: stopping.signal, onBegun: () => undefined });
  expect(begun).toBe(2);
});

test('hundreds that are due at once leave the event loop its turns', async () => {
  const order: string[] = [];
  const tasks = Array.from({ length: 250 }, (): Task => ({ atMs: 0, run: () => void order.push('task') }));
  setImmediate(() => order.push('turn'));
  await runSchedule(tasks, { startAt: now(), signal: never, onBegun: () => undefined });
  expect(order).toHaveLength(251);
  expect(order.indexOf('turn')).toBeLessThan(250);
});
