import fc from 'fast-check';
import { roomId } from '../events/ids.js';
import { FetchCounter } from './fetch-counter.js';
import { topK } from './top-k.js';

const ROOMS = ['a', 'b', 'c', 'd'].map(roomId);
const [A, B, C] = ROOMS as [(typeof ROOMS)[0], (typeof ROOMS)[0], (typeof ROOMS)[0]];

const counted = (...fetches: readonly (typeof A)[]): FetchCounter => {
  const counter = new FetchCounter();
  for (const room of fetches) counter.add(room);
  return counter;
};

test('a count is taken once', () => {
  const counter = counted(A, A, B);
  expect(new Map(counter.take(10))).toEqual(
    new Map([
      [A, 2],
      [B, 1],
    ]),
  );
  expect(counter.isIdle()).toBe(true);
  counter.add(A);
  expect(counter.take(10)).toEqual([[A, 1]]);
});

test('a room that was left out comes the next time, with what it has then', () => {
  const counter = counted(A, A, B);
  expect(counter.take(1)).toEqual([[A, 2]]);
  counter.add(B);
  counter.add(C);
  expect(counter.take(1)).toEqual([[B, 2]]);
});

test('a second that is over has all of its fetches, and the next begins with none', () => {
  const counter = counted(A, A, B);
  counter.take(1);
  counter.add(A);
  expect(counter.close()).toEqual(
    new Map([
      [A, 3],
      [B, 1],
    ]),
  );
  expect(counter.of(A)).toBe(3);
  expect(counter.isIdle()).toBe(true);
  expect(counter.close()).toEqual(new Map());
  expect(counter.of(A)).toBe(0);
});

test('no fetch is lost or counted twice, however often some are taken', () => {
  const step = fc.oneof(fc.constantFrom(...ROOMS), fc.integer({ min: 1, max: 5 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const counter = new FetchCounter();
      const taken: string[] = [];
      for (const each of steps) {
        if (typeof each === 'number')
          for (const [room, count] of counter.take(each)) taken.push(...Array.from({ length: count }, () => room));
        else counter.add(each);
      }
      const fetches = steps.filter((each) => typeof each === 'string');
      for (const [room, count] of counter.take(10)) taken.push(...Array.from({ length: count }, () => room));
      expect(taken.sort()).toEqual([...fetches].sort());
      const closed = counter.close();
      for (const room of ROOMS) expect(closed.get(room) ?? 0).toBe(fetches.filter((each) => each === room).length);
    }),
  );
});

test('top-K picks the highest counts', () => {
  const counts = fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 50 });
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 60 }), (all, limit) => {
      const picked = topK(new Map(all.map((count, index) => [roomId(String(index)), count])), limit).map(
        ([, count]) => count,
      );
      expect(picked.sort((a, b) => b - a)).toEqual([...all].sort((a, b) => b - a).slice(0, limit));
    }),
  );
});

test('counts above the largest level are taken for equal, and as many are picked', () => {
  const counts = new Map(Array.from({ length: 5 }, (_, index) => [roomId(String(index)), 5_000 + index]));
  expect(topK(counts, 3)).toHaveLength(3);
});
