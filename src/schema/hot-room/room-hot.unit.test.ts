import { roomHotRefusal, spreadOut } from './room-hot.js';

test.each([
  [40, 2_000, [40, 1_040, 2_040]],
  [3_000, 500, [3_000, 4_500, 6_000]],
  [500, 500, [500, 750, 1_000]],
])('%d ms are spread over as long again, or a pace of %d ms', (retryAfterMs, paceMs, expected) => {
  expect([0, 0.5, 1].map((random) => spreadOut(retryAfterMs, paceMs, () => random))).toEqual(expected);
});

test('clients who are refused together get different times', () => {
  const times = Array.from({ length: 200 }, () => roomHotRefusal(20, 5_000).extensions.retryAfterMs);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...times)).toBeLessThanOrEqual(5_020);
  expect(new Set(times).size).toBeGreaterThan(150);
  const inEachFifth = [0, 1, 2, 3, 4].map(
    (fifth) => times.filter((ms) => Math.floor((ms - 20) / 1_000) === fifth).length,
  );
  expect(Math.min(...inEachFifth)).toBeGreaterThan(10);
});
