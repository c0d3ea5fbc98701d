import { ENGINES, nameOf } from '../support/deployment.js';
import type { Engine } from '../support/deployment.js';
import { plot } from '../support/plot.js';
import type { BenchResult, FigureTable, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import { showSpread } from '../support/statistics.js';
import type { Point } from './drain.js';
import type { Measured, Pace } from './pace.js';
import { PAIRS, mean, pace, spreadOf } from './pace.js';
import type { NaiveRush, Rush } from './rush.js';
import { MAX_RATE, STOCK, naiveRush, rush } from './rush.js';

const USERS = 6_000;
const ROUNDS = 3;
const HEADINGS = [
  '',
  'errors',
  'issued',
  'with two',
  'no outcome',
  'in order',
  'answer p50 ms',
  'answer p99 ms',
  'drained in s',
  'chat p99 before ms',
  'during',
  'factor',
];

export const gifticon: Scenario = {
  name: 'gifticon',
  about:
    `${USERS} users press for ${STOCK} gifticons in a second beside chat; ` +
    `the issuer's own pace against fixed ones`,
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

    const onPostgres = rushes.get('embedded')!;
    const chat = (when: 'chatBefore' | 'chatDuring'): string =>
      spreadOf(onPostgres, (round) => round[when]).median.toFixed(0);
    return {
      tables: [
        {
          title: 'The drop',
          headings: HEADINGS,
          rows: [naiveRow(naive), ...ENGINES.map((engine) => rushRow(engine, rushes.get(engine)!))],
        },
        paceTable(paces),
      ],
      headlines: [
        {
          measured:
            `${USERS.toLocaleString('en')} users press for ${STOCK.toLocaleString('en')} gifticons in a ` +
            'second: all decided after',
          figure: `${(spreadOf(onPostgres, ({ drainedMs }) => drainedMs).median / 1_000).toFixed(1)} s`,
        },
        {
          measured: 'chat beside the drop, p99 of mutation to event (before it)',
          figure: `${chat('chatDuring')} ms (${chat('chatBefore')} ms)`,
        },
      ],
      notes: [
        `${USERS} users, half of them press twice, all within one second, each press on a connection of its own.`,
        'Chat: 100 messages a second in 20 rooms.',
        `Median of ${ROUNDS} rounds with the lowest and the highest; counts are the worst round's.`,
        'All processes, servers and clients share one machine.',
        `In the drop the issuer decides ${MAX_RATE} requests a second at most (GIFTICON_MAX_RATE).`,
        'Without a queue: a transaction a press straight to PostgreSQL over 20 connections, no HTTP.',
        'An answer later than 10 s is an error.',
        `The pace: requests decided a second, in two passes, and the p99 of chat meanwhile.`,
        `The best rate is the fastest that keeps chat within twice its p99; both take turns ${PAIRS} times.`,
      ],
      plots: ENGINES.flatMap((engine) => [
        `Madang on ${nameOf(engine)}, the last drop:
${drawn(rushes.get(engine)!.at(-1)!.drain)}`,
        `Madang on ${nameOf(engine)}, with pgbench beside it:
${drawn(paces.get(engine)!.drain)}`,
      ]),
      figures: { naive, rushes: Object.fromEntries(rushes), paces: Object.fromEntries(paces) },
    };
  },
};

/** One column for each second. */
function drawn(points: readonly Point[]): string {
  const length = Math.ceil((points.at(-1)?.ms ?? 0) / 1_000);
  const values = Array.from({ length }, (_, second) =>
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

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
const whole = (value: number): string => value.toFixed(0);
const shown = ({ perSecond, chatP99 }: Measured): string => `${showSpread(perSecond, 0)}/s, ${chatP99.toFixed(1)} ms`;

/** The issuer's own rate beside fixed ones, and beside other load on the database. */
function paceTable(paces: ReadonlyMap<Engine, Pace>): FigureTable {
  const found = ENGINES.map((engine) => paces.get(engine)!);
  const each = (label: string, show: (pace: Pace) => string): readonly string[] => [label, ...found.map(show)];
  const rates = [...new Set(found.flatMap(({ fixed }) => fixed.map(({ rate }) => rate)))].toSorted((a, b) => a - b);
  return {
    title: 'The pace, requests decided a second and the p99 of chat meanwhile',
    headings: ['', ...ENGINES.map((engine) => `Madang on ${nameOf(engine)}`)],
    rows: [
      each('chat on a quiet system', ({ quietP99 }) => `${quietP99.toFixed(1)} ms`),
      ...rates.map((rate) =>
        each(`at ${whole(rate)}`, ({ fixed }) => {
          const one = fixed.find((fixedRate) => fixedRate.rate === rate);
          return one ? shown(one) : '';
        }),
      ),
      each('the best fixed rate', ({ best }) => (best === null ? 'none' : String(best))),
      each('that rate, in turn', ({ turns }) => (turns ? shown(turns.best) : '')),
      each("the issuer's own pace, in turn", ({ turns }) => (turns ? shown(turns.controlled) : '')),
      each('of the best fixed rate', ({ turns }) => (turns ? showSpread(turns.share) : '')),
      each('before pgbench, a second', ({ before }) => whole(before)),
      each('during pgbench', ({ during }) => whole(during)),
      each('after it', ({ after }) => whole(after)),
      each('back at 90 % after', ({ returnedMs }) =>
        returnedMs === null ? 'not in time' : `${seconds(returnedMs)} s`,
      ),
    ],
  };
}
