import type { QueueEnds } from './queue-ends.js';
import { openQueueEnds } from './queue-ends.js';
import type { WakeUp } from './wake-up.js';

const silent = { on: () => () => undefined, onReturn: () => () => undefined } as unknown as WakeUp;
let ends: QueueEnds;
beforeEach(() => {
  ends = openQueueEnds({
    wakeUp: silent,
    queue: 'q',
    partitions: 2,
    pollIntervalMs: 1e6,
    ask: () => Promise.resolve([]),
    needed: () => false,
  });
});
afterEach(() => ends.stop());
const never = new AbortController().signal;

test('the database makes an end smaller, unless a later notification came meanwhile', () => {
  ends.grew(0, 10);
  ends.learnt(0, 10, 4);
  expect(ends.knownEnd(0)).toBe(4);
  const before = ends.knownEnd(0);
  ends.grew(0, 6);
  ends.learnt(0, before, 4);
  expect(ends.knownEnd(0)).toBe(6);
  ends.learnt(0, before, 9);
  expect([ends.knownEnd(0), ends.knownEnd(1)]).toEqual([9, 0]);
});

test('who waits is woken by a command behind its place, and by no other', async () => {
  const woken: string[] = [];
  const wait = (name: string, partition: number, from: number): Promise<unknown> =>
    ends.untilPast(partition, from, never).then(() => woken.push(name));
  const first = wait('first', 0, 3);
  void wait('further', 0, 4);
  void wait('elsewhere', 1, 0);
  ends.grew(0, 3);
  await Promise.resolve();
  expect(woken).toEqual([]);
  ends.grew(0, 4);
  await first;
  expect(woken).toEqual(['first']);
  await wait('behind', 0, 3);
  expect(woken).toEqual(['first', 'behind']);
});
