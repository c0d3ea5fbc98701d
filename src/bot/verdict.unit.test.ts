import { noCounts } from './counts.js';
import type { Findings } from './virtual-users.js';
import type { Drop } from './prepare.js';
import type { Summary } from './latencies.js';
import { parseScenario } from './scenario-file.js';
import { brokenPromises, judged, verdictOf } from './verdict.js';

const CLEAN: Findings = {
  subscribers: 2,
  lost: 0,
  doubled: 0,
  reordered: 0,
  contradictions: 0,
  digests: ['3:1', null],
  codes: [],
};
const DROP: Drop = { id: 'c', stock: 3, issued: 0, isOwn: true };
const SUMMARY: Summary = { count: 1, p50: 10, p90: 20, p99: 30, p999: 40, max: 50 };

const brokenBy = (findings: readonly Partial<Findings>[], counts = {}, drop: Drop | null = null) =>
  brokenPromises(
    findings.map((each) => ({ ...CLEAN, ...each })),
    { ...noCounts(), ...counts },
    drop,
  );

test('faults of all threads are added up', () => {
  expect(
    brokenBy([
      { lost: 1, doubled: 2 },
      { lost: 3, reordered: 4 },
    ]),
  ).toEqual({
    lost: 4,
    doubled: 2,
    reordered: 4,
    contradictions: 0,
    gifticons: 0,
  });
});

test('threads that saw a room differently contradict each other', () => {
  expect(brokenBy([{ digests: ['3:1', '1:1'] }, { digests: ['3:1', null] }]).contradictions).toBe(0);
  expect(brokenBy([{ digests: ['3:1', null] }, { digests: ['3:2', null] }]).contradictions).toBe(1);
});

test.each([
  ['all issued', ['a', 'b', 'c'], { issued: 3, soldOut: 5 }, DROP, 0],
  ['one code for two', ['a', 'b', 'b'], { issued: 3 }, DROP, 1],
  ['more than there were', ['a', 'b', 'c', 'd'], { issued: 4 }, DROP, 1],
  ['sold out with one left', ['a', 'b'], { issued: 2, soldOut: 1 }, DROP, 1],
  [
    'one left, which may be that of a press without an answer',
    ['a', 'b'],
    { issued: 2, soldOut: 1, failed: { 'press NETWORK': 1 } },
    DROP,
    0,
  ],
  ['one left, in a campaign where others press', ['a', 'b'], { issued: 2, soldOut: 1 }, { ...DROP, isOwn: false }, 0],
  ['issued before the run', ['a', 'b'], { issued: 2 }, { ...DROP, issued: 2 }, 1],
])('gifticons: %s', (_, codes, counts, drop, wrong) => {
  expect(brokenBy([{ codes }], counts, drop).gifticons).toBe(wrong);
});

test('thresholds are judged each by itself; without a measurement one is missed', () => {
  const thresholds = { send: { p50: 10, p99: 29.9 }, fetch: { p99: 1 }, failures: 1 };
  const text = JSON.stringify({
    about: 'x',
    users: 1,
    arriveSeconds: 0,
    seconds: 1,
    rooms: { members: 1 },
    thresholds,
  });
  const results = judged(parseScenario(text, 's.json'), { send: SUMMARY }, 1);
  expect(results).toEqual([
    { name: 'send p50', limit: 10, measured: 10, isMissed: false },
    { name: 'send p99', limit: 29.9, measured: 30, isMissed: true },
    { name: 'fetch p99', limit: 1, measured: undefined, isMissed: true },
    { name: 'failures', limit: 1, measured: 1, isMissed: false },
  ]);
  const clean = brokenBy([CLEAN]);
  expect(verdictOf(clean, results)).toBe('missed');
  expect(verdictOf(clean, results.slice(0, 1))).toBe('kept');
  expect(verdictOf({ ...clean, doubled: 1 }, results)).toBe('broken');
});
