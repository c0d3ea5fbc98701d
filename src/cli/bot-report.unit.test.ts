import { noCounts } from '../bot/counts.js';
import type { RunResult } from '../bot/index.js';
import { parseScenario } from '../bot/index.js';
import { reportOf } from './bot-report.js';
import { screenOf } from './bot-view.js';

const SUMMARY = { count: 2, p50: 1.25, p90: 20, p99: 1_234.5, p999: 40, max: 50 };
const COUNTS = { ...noCounts(), throttled: 3, failures: 2, failed: { 'send NETWORK': 2 } };
const RESULT: RunResult = {
  about: 'a test',
  url: 'http://127.0.0.1:4000/graphql',
  startedAt: '2026-01-02T00:00:00.000Z',
  seconds: 10,
  scenario: parseScenario(
    JSON.stringify({ about: 'a test', users: 4, arriveSeconds: 0, seconds: 10, rooms: { members: 2 } }),
    's.json',
  ),
  subscribers: 4,
  counts: COUNTS,
  messagesPerSecond: 2,
  deliveriesPerSecond: 8,
  latencies: { send: SUMMARY },
  bot: { threads: 1, loopDelayP99: 2, loopDelayMax: 5, isLate: false },
  broken: { lost: 0, doubled: 0, reordered: 0, contradictions: 0, gifticons: 0 },
  thresholds: [{ name: 'send p99', limit: 100, measured: 1_234.5, isMissed: true }],
  verdict: 'missed',
  wasInterrupted: false,
};

test('times, counts, failures by code, and thresholds', () => {
  const report = reportOf(RESULT);
  expect(report).toMatch(/^sent a message +2 +1\.3 +20 +1235 +40 +50$/m);
  expect(report).toContain('throttled 3, retried 0');
  expect(report).toContain('failures 2\n  send NETWORK: 2\n');
  expect(report).toMatch(/^send p99 +100 +1235 +MISSED$/m);
  expect(report).toContain('promises kept');
  expect(report).not.toContain('THE BOT WAS LATE');
});

test('a broken promise and a late bot are in capitals', () => {
  const bot = { ...RESULT.bot, loopDelayP99: 80, isLate: true };
  const report = reportOf({ ...RESULT, bot, broken: { ...RESULT.broken, lost: 7 }, verdict: 'broken' });
  expect(report).toContain('PROMISES BROKEN\n  messages lost at a subscriber: 7\n');
  expect(report).not.toContain('promises kept');
  expect(report).toContain('THE BOT WAS LATE');
});

test('the screen has the stage, the last second and the whole run', () => {
  const screen = screenOf('a test', {
    stage: 'running',
    seconds: 5,
    ofSeconds: 10,
    counts: COUNTS,
    latest: {},
    total: { send: SUMMARY },
    loopDelayMs: 3.14,
  });
  const lines = screen.split('\n');
  expect(lines[1]).toBe(`running    ${'█'.repeat(15)}${'░'.repeat(15)} 5 of 10 s   Ctrl-C ends it early`);
  expect(screen).toMatch(/^send +0 +- +- +2 +1\.3 +1235 +50$/m);
  expect(screen).toContain('failures 2');
  expect(lines.at(-1)).toContain('3.1 ms');
  expect(lines.length).toBeLessThan(24);
});
