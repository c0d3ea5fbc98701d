import fc from 'fast-check';
import { around } from '../../projections/message/timeline/page.js';
import { cutToWindow } from '../message/history.js';
import type { WindowArguments } from './page-arguments.js';
import { pageSize, windowOf } from './page-arguments.js';

const code = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { readonly extensions?: unknown }).extensions;
  }
};

test.each([0, -1, 101, 10_000, 1.5])('a page of %d is refused, and the field named', (size) => {
  expect(code(() => pageSize('first', size, 50))).toEqual({ code: 'BAD_USER_INPUT', field: 'first' });
  expect(code(() => windowOf({ first: size }, 50))).toEqual({ code: 'BAD_USER_INPUT', field: 'first' });
  expect(code(() => windowOf({ last: size }, 50))).toEqual({ code: 'BAD_USER_INPUT', field: 'last' });
});

test('1 and 100 are pages; nothing and null are the default', () => {
  expect([1, 100, null, undefined].map((size) => pageSize('first', size, 50))).toEqual([1, 100, 50, 50]);
});

test('first and last together are refused', () => {
  expect(code(() => windowOf({ first: 1, last: 1 }, 50))).toEqual({ code: 'BAD_USER_INPUT', field: 'last' });
});

/** The result of a store for a room with messages 1 … last. */
function read(args: WindowArguments, last: number) {
  const window = windowOf(args, 50);
  const { direction, from } = window;
  const limit = Math.max(1, window.limit);
  const all = Array.from({ length: last }, (_, index) => index + 1);
  const seqs =
    direction === 'before'
      ? all.filter((seq) => seq < (from ?? Infinity)).slice(-limit)
      : all.filter((seq) => seq > (from ?? 0)).slice(0, limit);
  const page = { messages: seqs.map((seq) => ({ seq }) as never), ...around({ direction, from, limit }, last) };
  const { messages, ...rest } = cutToWindow(page, window);
  return { seqs: messages.map(({ seq }) => seq), ...rest };
}

test('with none of the four it is the newest, ascending', () => {
  expect(read({}, 60)).toEqual({
    seqs: Array.from({ length: 50 }, (_, index) => index + 11),
    hasPreviousPage: true,
    hasNextPage: false,
  });
  expect(read({}, 0)).toEqual({ seqs: [], hasPreviousPage: false, hasNextPage: false });
});

test('an argument that is null is left out', () => {
  const none = { first: null, last: null, after: null, before: null };
  expect(windowOf(none, 50)).toEqual(windowOf({}, 50));
  expect(windowOf({ ...none, last: 3 }, 50)).toEqual(windowOf({ last: 3 }, 50));
  expect(windowOf({ ...none, before: 9 }, 50)).toEqual(windowOf({ before: 9 }, 50));
});

test('`after` alone goes on, `before` alone goes back', () => {
  expect(read({ after: 2 }, 60).seqs[0]).toBe(3);
  expect(read({ before: 58 }, 60).seqs.at(-1)).toBe(57);
});

test('every window is as Relay says: bounded by the cursors, then cut at one end', () => {
  const place = fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined });
  const size = fc.integer({ min: 1, max: 12 });
  const ends = fc.oneof(fc.record({ first: size }), fc.record({ last: size }));
  fc.assert(
    fc.property(ends, place, place, fc.integer({ min: 0, max: 12 }), (end, after, before, last) => {
      const left = Array.from({ length: last }, (_, index) => index + 1).filter(
        (seq) => seq > (after ?? 0) && seq < (before ?? Infinity),
      );
      const expected = 'first' in end ? left.slice(0, end.first) : left.slice(-end.last);
      const got = read({ ...end, after, before }, last);
      expect(got.seqs).toEqual(expected);
      if (expected.length > 0) {
        expect(got.hasPreviousPage).toBe(expected[0]! > 1);
        expect(got.hasNextPage).toBe(expected.at(-1)! < last);
      }
    }),
  );
});

test('an empty window between two cursors knows what lies on both sides', () => {
  expect(read({ after: 3, before: 4 }, 10)).toEqual({ seqs: [], hasPreviousPage: true, hasNextPage: true });
  expect(read({ last: 5, after: 3, before: 4 }, 10)).toEqual({ seqs: [], hasPreviousPage: true, hasNextPage: true });
  expect(read({ first: 5, before: 1 }, 10)).toEqual({ seqs: [], hasPreviousPage: false, hasNextPage: true });
  expect(read({ last: 5, after: 10 }, 10)).toEqual({ seqs: [], hasPreviousPage: true, hasNextPage: false });
});
