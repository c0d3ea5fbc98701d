import { createLatencies } from './latencies.js';

test('percentiles are those of the values, to three digits', () => {
  const latencies = createLatencies();
  for (let ms = 1; ms <= 1_000; ms++) latencies.record('send', ms);
  const { count, p50, p90, p99, p999, max } = latencies.summary('send')!;
  expect(count).toBe(1_000);
  for (const [found, exact] of [
    [p50, 500],
    [p90, 900],
    [p99, 990],
    [p999, 999],
    [max, 1_000],
  ])
    expect(Math.abs(found! / exact! - 1)).toBeLessThan(0.001);
});

test('nothing was timed: there is no summary', () => {
  const latencies = createLatencies();
  expect(latencies.summary('fetch')).toBeUndefined();
  latencies.record('fetch', 1);
  latencies.reset();
  expect(latencies.summary('fetch')).toBeUndefined();
  expect(latencies.encode()).toEqual({});
});

test('threads are added up, each kind by itself', () => {
  const [one, other, sum] = [createLatencies(), createLatencies(), createLatencies()];
  for (let ms = 1; ms <= 50; ms++) one.record('deliver', ms);
  for (let ms = 51; ms <= 100; ms++) other.record('deliver', ms);
  other.record('send', 0.25);
  sum.add(one.encode());
  sum.add(other.encode());
  expect(sum.summary('deliver')!.count).toBe(100);
  expect(sum.summary('deliver')!.p50).toBeCloseTo(50, 0);
  expect(sum.summary('send')).toMatchObject({ count: 1, p50: 0.25, max: 0.25 });
});

test('a time of more than ten minutes counts as ten minutes, and none as a microsecond', () => {
  const latencies = createLatencies();
  latencies.record('outcome', 3_600_000);
  latencies.record('join', -1);
  expect(latencies.summary('outcome')!.p50 / 600_000).toBeCloseTo(1, 2);
  expect(latencies.summary('join')!.max).toBe(0.001);
});
