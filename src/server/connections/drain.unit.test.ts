import { createDrainQueue, drainEvenly } from './drain.js';

/** A clock that moves by the pauses alone. */
function simulated() {
  let now = 0;
  const ended: (readonly [item: number, at: number])[] = [];
  const queue = createDrainQueue<number>((item) => ended.push([item, now]));
  const clock = {
    now: () => now,
    pause: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  return { queue, ended, clock, at: () => now };
}

const running = new AbortController().signal;
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

test.each([3, 40, 5_000])('%d connections are ended evenly over the time', async (count) => {
  const { queue, ended, clock } = simulated();
  queue.begin(upTo(count));
  await drainEvenly([queue], 1_000, running, clock);
  expect(ended.map(([item]) => item)).toEqual(upTo(count));
  const inFirstHalf = ended.filter(([, at]) => at < 500).length;
  expect(Math.abs(inFirstHalf - count / 2)).toBeLessThanOrEqual(1 + count / 50);
  expect(ended.at(-1)![1]).toBeLessThanOrEqual(1_000);
});

test('without a time all are ended at once', async () => {
  const { queue, ended, clock, at } = simulated();
  queue.begin(upTo(100));
  await drainEvenly([queue], 0, running, clock);
  expect([ended.length, at()]).toEqual([100, 0]);
});

test('one that comes meanwhile has its turn, one that left has none', async () => {
  const { queue, ended, clock } = simulated();
  queue.add(-1);
  queue.begin([0, 1, 2, 3]);
  queue.remove(2);
  queue.add(4);
  await drainEvenly([queue], 1_000, running, clock);
  expect(ended.map(([item]) => item)).toEqual([0, 1, 3, 4]);
});

test('sockets and streams share the time', async () => {
  const { queue, ended, clock } = simulated();
  const other = createDrainQueue<number>((item) => ended.push([item, clock.now()]));
  queue.begin([0, 1]);
  other.begin([2, 3]);
  await drainEvenly([queue, other], 1_000, running, clock);
  expect(ended.map(([, at]) => Math.round(at))).toEqual([0, 250, 500, 750]);
});
