import { jest } from '../../../test/support/fake-timers.js';
import { createRemoteClock } from './remote-clock.js';

// Time passes only as a test says: a pause of the scheduler between two lines would be part of the answer.
beforeEach(() => void jest.useFakeTimers({ now: 5_000_000 }));
afterEach(() => void jest.useRealTimers());

const sent = (ago: number): number => performance.now() - ago;

test('until the store has answered, it is the clock of this machine', () => {
  const clock = createRemoteClock();
  expect(clock.now()).toBeCloseTo(Date.now());
  jest.advanceTimersByTime(100);
  expect(clock.now()).toBeCloseTo(Date.now());
  expect(clock.difference()).toBeNull();
});

test('it follows the store, and counts half of the round trip for the way back', () => {
  const clock = createRemoteClock();
  clock.read(1_000_000, sent(40));
  expect(clock.now()).toBeCloseTo(1_000_020.5);
  jest.advanceTimersByTime(100);
  expect(clock.now()).toBeCloseTo(1_000_120.5);
});

test('a slow answer does not replace a quick one, until that one is old', () => {
  const clock = createRemoteClock();
  clock.read(1_000_000, sent(2));
  clock.read(999_860, sent(300));
  expect(clock.now()).toBeCloseTo(1_000_001.5);
  jest.advanceTimersByTime(10_001);
  clock.read(1_009_861, sent(300));
  expect(clock.now()).toBeCloseTo(1_010_011.5);
});

test('an answer that contradicts the estimate means another clock', () => {
  const clock = createRemoteClock();
  clock.read(1_000_000, sent(2));
  clock.read(900_000, sent(300));
  expect(clock.now()).toBeCloseTo(900_150.5);
});
