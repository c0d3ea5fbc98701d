import { jest } from '../../../test/support/fake-timers.js';
import { leadingEdgeThrottle } from './leading-edge-throttle.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const watched = () => {
  const passed: (readonly number[])[] = [];
  return { passed, gate: leadingEdgeThrottle<number>(20, (items) => passed.push(items)) };
};

test('a single item passes at once', () => {
  const { passed, gate } = watched();
  gate.add(1);
  expect(passed).toEqual([[1]]);
  jest.advanceTimersByTime(20);
  gate.add(2);
  expect(passed).toEqual([[1], [2]]);
});

test('close items pass together, in order, at most once per interval', () => {
  const { passed, gate } = watched();
  for (let ms = 0; ms < 60; ms++, jest.advanceTimersByTime(1)) gate.add(ms);
  jest.advanceTimersByTime(20);
  expect(passed.map((items) => items.length)).toEqual([1, 19, 20, 20]);
  expect(passed.flat()).toEqual(Array.from({ length: 60 }, (_, n) => n));
});

test('after a round of many items the next is later, until a round has few again', () => {
  const passed: (readonly number[])[] = [];
  const gate = leadingEdgeThrottle<number>(20, (items) => passed.push(items), 50);
  const addFor = (ms: number, everyMs: number): void => {
    for (let at = 0; at < ms; at += everyMs, jest.advanceTimersByTime(everyMs)) gate.add(at);
  };
  addFor(120, 5);
  expect(passed.map((items) => items.length)).toEqual([1, 3, 4, 10]);
  passed.length = 0;
  addFor(200, 20);
  expect(passed.map((items) => items.length).slice(-3)).toEqual([1, 1, 1]);
});

test('after a rest the next one passes at once again', () => {
  const { passed, gate } = watched();
  gate.add(1);
  gate.add(2);
  jest.advanceTimersByTime(40);
  gate.add(3);
  expect(passed).toEqual([[1], [2], [3]]);
});

test('forgotten items do not pass, later ones do', () => {
  const { passed, gate } = watched();
  gate.add(1);
  gate.add(2);
  gate.forget();
  gate.add(3);
  jest.advanceTimersByTime(20);
  expect(passed).toEqual([[1], [3]]);
});

test('nothing passes once it is closed', () => {
  const { passed, gate } = watched();
  gate.add(1);
  gate.add(2);
  gate.close();
  jest.advanceTimersByTime(100);
  expect(passed).toEqual([[1]]);
});
