import { roomId } from '../events/ids.js';
import { createBurstDetector } from './burst-detector.js';

const [a, b] = ['a', 'b'].map((id) => roomId(id)) as [ReturnType<typeof roomId>, ReturnType<typeof roomId>];

test('a burst begins at its threshold, in its room alone, and lasts a window longer', () => {
  let at = 0;
  const bursts = createBurstDetector(3, 100, () => at);
  const joined = (...rooms: readonly (typeof a)[]) => rooms.map((room) => bursts.joins(room));
  expect(joined(a, a, a, a, a, b)).toEqual([false, false, false, true, true, false]);
  at = 100;
  expect(joined(a, b)).toEqual([true, false]);
  at = 200;
  expect(joined(a)).toEqual([false]);
});

test('a burst ends with a pause', () => {
  let at = 0;
  const bursts = createBurstDetector(1, 100, () => at);
  expect([bursts.joins(a), bursts.joins(a)]).toEqual([false, true]);
  at = 200;
  expect(bursts.joins(a)).toBe(false);
});
