import { until } from '../../../test/support/conditions.js';
import type { AppendedBatch } from './recent-appends.js';
import { createRecentAppends } from './recent-appends.js';

const batch = (first: number, count: number, payload = 'p'): AppendedBatch => ({
  first,
  at: 1_000 + first,
  items: Array.from({ length: count }, (_, n) => ({ key: `k${first + n}`, payload })),
});
const keys = (found: readonly { readonly key: string }[]): readonly string[] => found.map(({ key }) => key);

test('an append is found from any offset in it, over the ends of batches', () => {
  const recent = createRecentAppends(2);
  recent.add(1, batch(10, 2));
  recent.add(1, batch(12, 3));
  expect(keys(recent.from(1, 10, 100))).toEqual(['k10', 'k11', 'k12', 'k13', 'k14']);
  expect(keys(recent.from(1, 11, 3))).toEqual(['k11', 'k12', 'k13']);
  expect(keys(recent.from(1, 14, 100))).toEqual(['k14']);
});

test('there is nothing before it, after it, or in another partition', () => {
  const recent = createRecentAppends(2);
  recent.add(1, batch(10, 2));
  expect([recent.from(1, 9, 100), recent.from(1, 12, 100), recent.from(0, 10, 100)]).toEqual([[], [], []]);
});

test('batches of several servers may come out of order, with holes meanwhile', () => {
  const recent = createRecentAppends(1);
  recent.add(0, batch(0, 2));
  recent.add(0, batch(4, 2));
  expect(keys(recent.from(0, 0, 100))).toEqual(['k0', 'k1']);
  recent.add(0, batch(2, 2));
  expect(keys(recent.from(0, 0, 100))).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5']);
});

test('a few batches are kept, and a megabyte', () => {
  const recent = createRecentAppends(1);
  for (let n = 0; n < 20; n++) recent.add(0, batch(n, 1));
  expect(recent.of(0).map(({ first }) => first)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
  for (let n = 20; n < 23; n++) recent.add(0, batch(n, 1, 'x'.repeat(400_000)));
  expect(recent.of(0).map(({ first }) => first)).toEqual([21, 22]);
  recent.add(0, batch(23, 1, 'x'.repeat(2 ** 21)));
  expect(recent.of(0).map(({ first }) => first)).toEqual([23]);
});

test('the last one counts where offsets are given twice; older ones can be forgotten', () => {
  const recent = createRecentAppends(1);
  recent.add(0, batch(4, 2, 'old'));
  const known = recent.of(0);
  recent.add(0, batch(4, 1, 'new'));
  expect(recent.from(0, 4, 1)).toEqual([{ key: 'k4', payload: 'new', at: 1_004 }]);
  recent.forget(0, known);
  expect(recent.from(0, 4, 5)).toEqual([{ key: 'k4', payload: 'new', at: 1_004 }]);
});

test('what was appended is let go of after a time, also where nothing follows it', async () => {
  const recent = createRecentAppends(2, 20);
  recent.add(1, batch(10, 2));
  await until(() => recent.of(1).length === 0, 'nothing is left');
  recent.add(1, batch(12, 1));
  expect(keys(recent.from(1, 12, 10))).toEqual(['k12']);
  await until(() => recent.of(1).length === 0, 'nothing is left again');
});
