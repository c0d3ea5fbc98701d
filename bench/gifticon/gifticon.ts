import { ENGINES, nameOf } from '../support/deployment.js';
import type { Engine } from '../support/deployment.js';
import { plot } from '../support/plot.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import { showSpread } from '../support/statistics.js';
import type { Point } from './drain.js';
import type { Measured, Pace } from './pace.js';
import { PAIRS, mean, pace, spreadOf } from './pace.js';
import type { NaiveRush, Rush } from './rush.js';
import { MAX_RATE, STOCK, naiveRush, rush } from './rush.js';

const USERS = 6_000;
const ROUNDS = 3;

export const gifticon: Scenario = {
  name: 'gifticon',
  about: `${USERS} users press for ${STOCK} gifticons within a second, with chat beside it; the issuer's own pace against fixed ones; a transaction a press`,
  async run(report): Promise<BenchResult> {
    report('starting PostgreSQL, Redis and Kafka');
    await using stack = await startStack();
    const naive: NaiveRush[] = [];
    const rushes = new Map<Engine, Rush[]>(ENGINES.map((engine) => [engine, []]));
    for (let round = 1; round <= ROUNDS; round++) {
      report(`round ${round} of ${ROUNDS}: without a queue`);
      naive.push(await naiveRush(stack, USERS));
      for (const engine of ENGINES) {
        report(`round ${round} of ${ROUNDS}: Madang on ${nameOf(engine)}`);
        rushes.get(engine)!.push(await rush(stack, engine, USERS));
      }
    }
    const paces = new Map<Engine, Pace>();
    for (const engine of ENGINES) paces.set(engine, await pace(stack, engine, report));

    return {
      headings: [
        'what',
        'errors',
        'issued',
        'with two',
        'no outcome',
        'in order',
        'door p50 ms',
        'door p99 ms',
        'drained in s',
        'chat p99 before ms',
        'during',
        'factor',
      ],
      rows: [naiveRow(naive), ...ENGINES.map((engine) => rushRow(engine, rushes.get(engine)!))],
      notes: [
        `${USERS} users, half of them press twice, all within one second, each press on a connection of its own; chat: 100 messages a second in 20 rooms.`,
        `Median of ${ROUNDS} rounds with the lowest and the highest; counts are the worst round's. All processes, servers and clients share one machine.`,
        `In the rush the issuer decides ${MAX_RATE} requests a second at most (GIFTICON_MAX_RATE); the pace further down is its own.`,
        'Without a queue: a transaction a press straight to PostgreSQL over 20 connections, no HTTP; an answer later than 10 s is an error.',
        ...ENGINES.flatMap((engine) => [
          '',
          `Madang on ${nameOf(engine)}, the last rush:`,
          drawn(rushes.get(engine)!.at(-1)!.drain),
        ]),
        ...ENGINES.flatMap((engine) => paceNotes(engine, paces.get(engine)!)),
      ],
      figures: { naive, rushes: Object.fromEntries(rushes), paces: Object.fromEntries(paces) },
    };
  },
};

/** A column a second. */
function drawn(points: readonly Point[]): string {
  const seconds = Math.ceil((points.at(-1)?.ms ?? 0) / 1_000);
  const values = Array.from({ length: seconds }, (_, second) =>
    mean(points.filter(({ ms }) => Math.floor(ms / 1_000) === second).map(({ perSecond }) => perSecond)),
  );
  return plot([{ name: 'decided', values }], {
    title: 'requests decided a second, over the seconds',
    colour: process.stdout.isTTY,
  });
}

const most = <T>(rounds: readonly T[], value: (round: T) => number): string => String(Math.max(...rounds.map(value)));
const range = (values: readonly number[]): string =>
  new Set(values).size === 1 ? String(values[0]) : `${Math.min(...values)}–${Math.max(...values)}`;

const rushRow = (engine: Engine, rounds: readonly Rush[]): readonly string[] => [
  `Madang on ${nameOf(engine)}`,
  most(rounds, ({ outcome }) => outcome.errors),
  range(rounds.map(({ outcome }) => outcome.issued)),
  most(rounds, ({ outcome }) => outcome.usersWithTwo),
  most(rounds, ({ outcome }) => outcome.acceptedWithoutOutcome),
  rounds.every(({ outcome }) => outcome.inOrder) ? 'yes' : 'NO',
  showSpread(
    spreadOf(rounds, ({ doorP50 }) => doorP50),
    0,
  ),
  showSpread(
    spreadOf(rounds, ({ doorP99 }) => doorP99),
    0,
  ),
  showSpread(
    spreadOf(rounds, ({ drainedMs }) => drainedMs / 1_000),
    1,
  ),
  showSpread(
    spreadOf(rounds, ({ chatBefore }) => chatBefore),
    1,
  ),
  showSpread(
    spreadOf(rounds, ({ chatDuring }) => chatDuring),
    1,
  ),
  showSpread(
    spreadOf(rounds, ({ chatBefore, chatDuring }) => chatDuring / chatBefore),
    2,
  ),
];

const naiveRow = (rounds: readonly NaiveRush[]): readonly string[] => [
  'without a queue',
  range(rounds.map(({ errors }) => errors)),
  range(rounds.map(({ issued }) => issued)),
  '',
  '',
  '',
  showSpread(
    spreadOf(rounds, ({ p50 }) => p50),
    0,
  ),
  showSpread(
    spreadOf(rounds, ({ p99 }) => p99),
    0,
  ),
  '',
  showSpread(
    spreadOf(rounds, ({ chatBefore }) => chatBefore),
    1,
  ),
  showSpread(
    spreadOf(rounds, ({ chatDuring }) => chatDuring),
    1,
  ),
  showSpread(
    spreadOf(rounds, ({ chatBefore, chatDuring }) => chatDuring / chatBefore),
    2,
  ),
];

function paceNotes(engine: Engine, found: Pace): readonly string[] {
  const { quietP99, fixed, best, turns, before, during, after, returnedMs, drain, loadFromMs, loadToMs } = found;
  const whole = (value: number): string => value.toFixed(0);
  const shown = ({ perSecond, chatP99 }: Measured): string => `${showSpread(perSecond, 0)}/s, ${chatP99.toFixed(1)} ms`;
  return [
    '',
    `The pace on ${nameOf(engine)}, beside chat with a quiet p99 of ${quietP99.toFixed(1)} ms: requests decided a second, in two passes, and the p99 of chat meanwhile`,
    ...fixed.map(
      ({ rate, ...measured }) =>
        `  at ${whole(rate)}: ${shown(measured)}${rate === best ? '   ← the fastest that keeps chat within twice its p99' : ''}`,
    ),
    ...(turns
      ? [
          `  that rate and the controller's own in turn, ${PAIRS} times:`,
          `  at ${best}: ${shown(turns.best)}`,
          `  by the controller: ${shown(turns.controlled)}; ${showSpread(turns.share)} of the other`,
        ]
      : ['  no fixed rate keeps chat within twice its p99']),
    `  pgbench beside it from ${(loadFromMs / 1_000).toFixed(1)} s to ${(loadToMs / 1_000).toFixed(1)} s: ${whole(before)}/s before, ${whole(during)}/s during, ${whole(after)}/s after; ` +
      (returnedMs === null ? 'not back at 90 % in time' : `back at 90 % after ${(returnedMs / 1_000).toFixed(1)} s`),
    drawn(drain),
  ];
}
