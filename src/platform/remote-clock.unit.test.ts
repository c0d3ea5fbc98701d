import { createRemoteClock } from './remote-clock.js';

const sent = (ago: number): number => performance.now() - ago;

test('until the store has answered, it is the clock of this machine', () => {
  expect(Math.abs(createRemoteClock().now() - Date.now())).toBeLessThan(5);
});

test('it follows the store, and takes half of the round trip for the way back', () => {
  const clock = createRemoteClock();
  clock.read(1_000_000, sent(40));
  expect(clock.now()).toBeGreaterThanOrEqual(1_000_020);
  expect(clock.now()).toBeLessThan(1_000_030);
});

test('a slow answer does not spoil what a quick one told', () => {
  const clock = createRemoteClock();
  clock.read(1_000_000, sent(2));
  clock.read(999_750, sent(300));
  expect(clock.now()).toBeLessThan(1_000_020);
});

test('an answer that contradicts what was known means another clock', () => {
  const clock = createRemoteClock();
  clock.read(1_000_000, sent(2));
  clock.read(900_000, sent(300));
  expect(clock.now()).toBeGreaterThanOrEqual(900_150);
  expect(clock.now()).toBeLessThan(900_160);
});
