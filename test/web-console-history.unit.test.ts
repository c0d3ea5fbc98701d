import type { NumberName } from '../web/console/src/overview/process-history.js';
import { createProcessHistory } from '../web/console/src/overview/process-history.js';

const PROCESS = {
  answering: false,
  host: 'machine',
  pid: 1,
  roles: ['decider'],
  version: '1',
  startedAt: '2026-01-01T00:00:00.000Z',
  ready: true,
  reasons: [],
  dependencies: [],
  errors: [],
} as const;

/** What a process reports at a second of a minute. */
const report = (id: string, second: number, numbers: Partial<Record<NumberName, number | null>>) => ({
  ...PROCESS,
  id,
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  numbers: Object.entries(numbers).map(([name, value]) => ({
    name: name as NumberName,
    kind: name === 'MESSAGES' ? ('COUNTER' as const) : ('GAUGE' as const),
    value: value ?? null,
  })),
});

test('counters become rates over all processes, also of those without a new report', () => {
  const collect = createProcessHistory();
  collect([report('a', 0, { MESSAGES: 100 }), report('b', 1, { MESSAGES: 0 })]);
  collect([report('a', 2, { MESSAGES: 120 }), report('b', 3, { MESSAGES: 60 })]);
  // An answer with the reports of the last one adds nothing.
  collect([report('a', 2, { MESSAGES: 120 }), report('b', 3, { MESSAGES: 60 })]);
  const { MESSAGES } = collect([report('a', 4, { MESSAGES: 130 }), report('b', 3, { MESSAGES: 60 })]);
  expect(MESSAGES!.map(({ value }) => value)).toEqual([null, 40, 35]);
});

test('a process that is new, or has started again, begins at nothing', () => {
  const collect = createProcessHistory();
  collect([report('a', 0, { MESSAGES: 100 })]);
  collect([report('b', 2, { MESSAGES: 5 })]);
  const { MESSAGES } = collect([report('b', 4, { MESSAGES: 9 })]);
  expect(MESSAGES!.map(({ value }) => value)).toEqual([null, null, 2]);
});

test('gauges are added up, but for those of the whole deployment or the worst process', () => {
  const collect = createProcessHistory();
  const { DECIDER_LAG, DEAD_LETTERS, FEED_LAG } = collect([
    report('a', 0, { DECIDER_LAG: 2, DEAD_LETTERS: 3, FEED_LAG: null }),
    report('b', 1, { DECIDER_LAG: 5, DEAD_LETTERS: 3, FEED_LAG: null }),
  ]);
  expect([DECIDER_LAG, DEAD_LETTERS, FEED_LAG].map((points) => points!.map(({ value }) => value))).toEqual([
    [7],
    [3],
    [null],
  ]);
});

test('a missing counter is 0 in a process with its role: its first growth shows', () => {
  const collect = createProcessHistory();
  collect([report('a', 0, { MESSAGES: null })]);
  const { MESSAGES } = collect([report('a', 2, { MESSAGES: 6 })]);
  expect(MESSAGES!.map(({ value }) => value)).toEqual([null, 3]);
});
