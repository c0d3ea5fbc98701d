import type { Broken, RunResult, Summary } from '../bot/index.js';
import { table } from './output.js';

const OPERATIONS = {
  join: 'joined a room',
  send: 'sent a message',
  deliver: 'message at a subscriber',
  replay: 'missed messages at a subscriber',
  fetch: 'fetched the hot room',
  press: 'pressed the button',
  outcome: 'press decided',
} as const;

const PROMISES: Readonly<Record<keyof Broken, string>> = {
  lost: 'messages lost at a subscriber',
  doubled: 'messages doubled',
  reordered: 'messages out of order',
  contradictions: 'messages that differ between subscribers',
  gifticons: 'gifticons too many or too few',
};

export const milliseconds = (ms: number): string => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0));

const cellsOf = ({ count, p50, p90, p99, p999, max }: Summary): readonly (string | number)[] => [
  count,
  ...[p50, p90, p99, p999, max].map((ms) => Number(milliseconds(ms))),
];

/** The result of a run for people. */
export function reportOf(result: RunResult): string {
  const { scenario, seconds, counts, latencies, bot, broken, thresholds } = result;
  const rows = (Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]).flatMap((what) => {
    const summary = latencies[what];
    return summary ? [[OPERATIONS[what], ...cellsOf(summary)]] : [];
  });
  const failed = Object.entries(counts.failed).map(([what, count]) => `  ${what}: ${count}`);
  const kept = Object.values(broken).every((count: number) => count === 0);
  return [
    `${scenario.about}\n`,
    `${scenario.users} users, ${result.subscribers} subscriptions, ${seconds.toFixed(1)} s` +
      `${result.wasInterrupted ? ' (ended early)' : ''}: ${result.messagesPerSecond.toFixed(1)} messages and ` +
      `${result.deliveriesPerSecond.toFixed(0)} deliveries a second\n\n`,
    table(['ms, from the due time', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max'], rows),
    `\nthrottled ${counts.throttled}, retried ${counts.retried}, connections cut by the bot ${counts.cuts}, ` +
      `subscriptions interrupted ${counts.interrupted}\n`,
    `failures ${counts.failures}\n${failed.map((line) => `${line}\n`).join('')}`,
    `the bot itself, in ${bot.threads} ${bot.threads === 1 ? 'thread' : 'threads'}: event loop delayed by at most ` +
      `${milliseconds(bot.loopDelayP99)} ms (p99 of the worst second), ` +
      `operations begun late by ${milliseconds(latencies.late?.p99 ?? 0)} ms (p99)\n`,
    bot.isLate ? 'THE BOT WAS LATE: its own delay is part of the times. Use more threads, or another machine.\n' : '',
    kept ? '\npromises kept: nothing lost, doubled or out of order\n' : `\nPROMISES BROKEN\n${brokenLines(broken)}`,
    thresholds.length === 0 ? '' : `\n${thresholdTable(result)}`,
  ].join('');
}

const brokenLines = (broken: Broken): string =>
  (Object.keys(PROMISES) as (keyof Broken)[])
    .filter((name) => broken[name] > 0)
    .map((name) => `  ${PROMISES[name]}: ${broken[name]}\n`)
    .join('');

const thresholdTable = ({ thresholds }: RunResult): string =>
  table(
    ['threshold', 'limit', 'measured', ''],
    thresholds.map(({ name, limit, measured, isMissed }) => [
      name,
      limit,
      measured === undefined ? 'nothing' : name === 'failures' ? measured : milliseconds(measured),
      isMissed ? 'MISSED' : 'kept',
    ]),
  );
