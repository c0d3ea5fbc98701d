import { pino } from 'pino';
import { jest } from '../../../test/support/fake-timers.js';
import { counted, settledLine } from './settled-line.js';

interface Line {
  readonly msg: string;
  readonly partitions: readonly number[];
}

function watch(complete: () => boolean = () => true) {
  const lines: Line[] = [];
  const logger = pino({}, { write: (text: string) => void lines.push(JSON.parse(text) as Line) });
  const partitions: number[] = [];
  const state = () => ({
    message: `has ${counted(partitions.length, 'partition')}`,
    fields: { partitions: [...partitions] },
    complete: complete(),
  });
  return { lines, partitions, line: settledLine(state, logger, 50) };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('many changes within a moment are one line, with the state after the last of them', () => {
  const { lines, partitions, line } = watch();
  for (let each = 0; each < 6; each++) {
    partitions.push(each);
    line.changed();
    jest.advanceTimersByTime(49);
  }
  expect(lines).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(lines).toEqual([expect.objectContaining({ msg: 'has 6 partitions', partitions: [0, 1, 2, 3, 4, 5] })]);
});

test('a change that leaves the state as it was is not logged again', () => {
  const { lines, partitions, line } = watch();
  partitions.push(3);
  for (let each = 0; each < 3; each++) {
    line.changed();
    jest.advanceTimersByTime(50);
  }
  expect(lines.map(({ msg }) => msg)).toEqual(['has 1 partition']);
});

test('it is settled with the first complete state that was logged', async () => {
  let complete = false;
  const { lines, line } = watch(() => complete);
  let settled = false;
  void line.settled.then(() => (settled = true));
  line.changed();
  await jest.advanceTimersByTimeAsync(50);
  expect([lines.length, settled]).toEqual([1, false]);
  complete = true;
  line.changed();
  await jest.advanceTimersByTimeAsync(50);
  expect(settled).toBe(true);
});

test('a stop settles it, and nothing is logged afterwards', async () => {
  const { lines, line } = watch();
  line.changed();
  line.stop();
  line.changed();
  await line.settled;
  jest.advanceTimersByTime(1_000);
  expect(lines).toEqual([]);
});
