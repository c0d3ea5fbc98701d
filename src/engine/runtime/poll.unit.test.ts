import { jest } from '../../../test/support/fake-timers.js';
import { startPoll } from './poll.js';

const EVERY_MS = 100;

function setUp() {
  const ends: (() => void)[] = [];
  const failures: unknown[] = [];
  let failing: Error | null = null;
  const poll = startPoll({
    async run() {
      await new Promise<void>((resolve) => ends.push(resolve));
      if (failing) throw failing;
    },
    everyMs: EVERY_MS,
    failed: (error) => failures.push(error),
  });
  return {
    poll,
    ends,
    failures,
    failWith: (error: Error) => (failing = error),
    /** Ends the last run, and lets what waits for it go on. */
    async end() {
      ends.at(-1)!();
      await jest.advanceTimersByTimeAsync(0);
    },
  };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('runs one after the other, and leaves out a turn in which one is under way', async () => {
  const { poll, ends, end } = setUp();
  expect(ends).toHaveLength(0);
  await jest.advanceTimersByTimeAsync(EVERY_MS);
  expect(ends).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(3 * EVERY_MS);
  expect(ends).toHaveLength(1);
  await end();
  await jest.advanceTimersByTimeAsync(EVERY_MS);
  expect(ends).toHaveLength(2);
  await end();
  await poll.stop();
});

test('a run on demand begins at once, or is the one that is under way', async () => {
  const { poll, ends, end } = setUp();
  const first = poll.now();
  expect(poll.now()).toBe(first);
  expect(ends).toHaveLength(1);
  await end();
  await first;
  void poll.now();
  expect(ends).toHaveLength(2);
  await end();
  await poll.stop();
});

test('a failure is reported, and the next run comes', async () => {
  const { poll, ends, failures, failWith, end } = setUp();
  const failure = new Error('away');
  failWith(failure);
  const running = poll.now();
  await end();
  await running;
  expect(failures).toEqual([failure]);
  await jest.advanceTimersByTimeAsync(EVERY_MS);
  expect(ends).toHaveLength(2);
  await end();
  await poll.stop();
});

test('a stop waits for the run that is under way, and none begins behind it', async () => {
  const { poll, ends, end } = setUp();
  await jest.advanceTimersByTimeAsync(EVERY_MS);
  let stopped = false;
  const stopping = poll.stop().then(() => (stopped = true));
  await jest.advanceTimersByTimeAsync(3 * EVERY_MS);
  expect([stopped, ends.length]).toEqual([false, 1]);
  await end();
  await stopping;
  await poll.now();
  await poll.stop();
  await jest.advanceTimersByTimeAsync(3 * EVERY_MS);
  expect(ends).toHaveLength(1);
});
