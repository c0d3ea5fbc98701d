import fc from 'fast-check';
import { createDrainRate } from './drain-rate.js';

function simulated() {
  let at = 1_000_000;
  return { rate: createDrainRate(() => at), pass: (ms: number) => void (at += ms) };
}

test('nothing is known before anything was decided', () => {
  const { rate, pass } = simulated();
  pass(10_000);
  expect([rate.perSecond(), rate.lastKnown()]).toEqual([0, null]);
});

test('a steady rate is reported as it is, for any size of the batches', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 5, max: 250 }), (batch, everyMs) => {
      const { rate, pass } = simulated();
      for (let ms = 0; ms < 6_000; ms += everyMs) {
        pass(everyMs);
        rate.onDecided(batch);
      }
      const actual = (batch * 1_000) / everyMs;
      expect(Math.abs(rate.perSecond() - actual)).toBeLessThanOrEqual(actual * 0.14);
      expect(rate.lastKnown()).toBe(rate.perSecond());
    }),
  );
});

test('the first second after a pause is not reported as a third of its rate', () => {
  const { rate, pass } = simulated();
  rate.onDecided(500);
  pass(60_000);
  for (let n = 0; n < 10; n++) {
    rate.onDecided(100);
    pass(100);
  }
  expect(rate.perSecond()).toBeCloseTo(1_000, -2);
});

test('two seconds after the last decision it is idle, and keeps the last rate', () => {
  const { rate, pass } = simulated();
  for (let n = 0; n < 50; n++) {
    rate.onDecided(10);
    pass(100);
  }
  expect(rate.perSecond()).toBeCloseTo(100, -1);
  pass(2_000);
  expect(rate.perSecond()).toBe(0);
  expect(Math.abs(rate.lastKnown()! - 100)).toBeLessThan(10);
});
