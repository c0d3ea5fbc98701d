import { nextPart, watchEventLoopDelay } from './event-loop-delay.js';

const after = (steps: number, part: number, delayMs: number): number => {
  for (let step = 0; step < steps; step++) part = nextPart(part, delayMs, 8);
  return part;
};

test('a late server sheds nearly all requests within a second, and never all', () => {
  expect(after(1, 0, 8.1)).toBeCloseTo(0.1);
  expect(after(10, 0, 20)).toBe(0.95);
  expect(after(1_000, 0, Infinity)).toBe(0.95);
});

test('a server on time again takes all back, five times as slowly', () => {
  expect(after(10, 0.95, 8)).toBeCloseTo(0.75);
  expect(after(50, 0.95, 0)).toBe(0);
});

test('a server that is late half of the time sheds more than half', () => {
  let part = 0;
  for (let step = 0; step < 200; step++) part = nextPart(part, step % 2 === 0 ? 20 : 1, 8);
  expect(part).toBeGreaterThan(0.5);
});

test('0 milliseconds: nothing is shed, and nothing is measured', () => {
  const parts: number[] = [];
  const delay = watchEventLoopDelay({
    lateMs: 0,
    lines: [{ waitedMs: () => 100 }],
    observe: (part) => parts.push(part),
  });
  expect([delay.isShedding(), parts]).toEqual([false, []]);
  delay.stop();
});

test('a loop that stands still or has a queue sheds load, and one in time does not', async () => {
  const parts: number[] = [];
  const reported = async (wanted: (part: number) => boolean): Promise<void> => {
    for (let tries = 0; tries < 1_000 && !(parts.length > 0 && wanted(parts.at(-1)!)); tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(wanted(parts.at(-1)!)).toBe(true);
  };
  const waited = [0, 0];
  const lines = waited.map((_, line) => ({ waitedMs: () => waited[line]! }));
  const delay = watchEventLoopDelay({ lateMs: 40, lines, observe: (part) => parts.push(part), random: () => 0.04 });
  const stuckUntil = performance.now() + 400;
  while (performance.now() < stuckUntil);
  await reported((part) => part > 0);
  expect(delay.isShedding()).toBe(true);
  await reported((part) => part === 0);
  expect(delay.isShedding()).toBe(false);
  for (const line of [0, 1]) {
    waited[line] = 41;
    await reported((part) => part > 0);
    expect(delay.isShedding()).toBe(true);
    waited[line] = 0;
    await reported((part) => part === 0);
  }
  delay.stop();
});
