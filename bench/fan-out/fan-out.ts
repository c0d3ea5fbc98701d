import type { BarChart } from '../support/bar-chart.js';
import { openDeployment } from '../support/deployment.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import type { Spread } from '../support/statistics.js';
import { showSpread, spread } from '../support/statistics.js';
import { measure, warmUp } from './measure.js';
import type { Measured } from './measure.js';
import { BARE, MADANG, STOCK, openSeries, startPrograms } from './site.js';
import { FULL, QUICK, STALLED } from './sizes.js';
import type { Sizes } from './sizes.js';

interface Case {
  readonly subscribers: number;
  readonly rate: number;
  readonly program: string;
  readonly rounds: Measured[];
}

const WITH_STALLED = `${MADANG}, ${STALLED} stalled`;

/** All programs in turn, in the other order each time. */
async function rounds(sizes: Sizes, report: (progress: string) => void): Promise<readonly Case[]> {
  report('starting PostgreSQL, Redis and the programs');
  await using stack = await startStack();
  await using deployment = await openDeployment(stack, 'embedded');
  const programs = await startPrograms(deployment);
  const cases: Case[] = [];
  for (const subscribers of sizes.subscribers) {
    report(`${subscribers} subscribers of each program`);
    const series = await openSeries(programs, deployment, subscribers);
    for (const each of series) await warmUp(each, subscribers);
    const own = sizes.rates.flatMap((rate) =>
      [...series.map(({ name }) => name), WITH_STALLED].map((program): Case => ({
        subscribers,
        rate,
        program,
        rounds: [],
      })),
    );
    for (let round = 1; round <= sizes.rounds; round++) {
      report(`round ${round} of ${sizes.rounds}`);
      for (const one of round % 2 > 0 ? own : own.toReversed()) {
        const stalled = one.program === WITH_STALLED;
        const each = series.find(({ name }) => name === (stalled ? MADANG : one.program))!;
        if (stalled) await each.subscribers.ask({ do: 'stall', count: STALLED });
        one.rounds.push(await measure(each, one.rate, sizes.seconds, subscribers));
        if (stalled) await each.subscribers.ask({ do: 'release' });
      }
    }
    cases.push(...own);
    for (const each of series) await each.subscribers.stop();
  }
  await programs.bare.stop();
  await programs.stock.stop();
  return cases;
}

const toOther = (one: Case, other: Case): Spread =>
  // Compared within a round, so that a busy machine changes both.
  spread(one.rounds.map(({ cpuMicros }, round) => cpuMicros / other.rounds[round]!.cpuMicros));

export const fanOut: Scenario = {
  name: 'fan-out',
  about: 'a busy room: processor time and delay of a delivery, beside bare ws and graphql-ws as documented',
  async run(report, { quick }): Promise<BenchResult> {
    const sizes = quick ? QUICK : FULL;
    const cases = await rounds(sizes, report);
    const sameCase = ({ subscribers, rate }: Case, program: string): Case =>
      cases.find((each) => each.subscribers === subscribers && each.rate === rate && each.program === program)!;
    const figures = cases.map((one) => ({
      subscribers: one.subscribers,
      rate: one.rate,
      program: one.program,
      cpuMicros: spread(one.rounds.map(({ cpuMicros }) => cpuMicros)),
      toBare: toOther(one, sameCase(one, BARE)),
      toStock: toOther(one, sameCase(one, STOCK)),
      p50Ms: spread(one.rounds.map(({ p50Ms }) => p50Ms)),
      p99Ms: spread(one.rounds.map(({ p99Ms }) => p99Ms)),
      sent: spread(one.rounds.map(({ sent }) => sent)),
    }));
    const places = [...new Set(figures.map(({ subscribers, rate }) => `${subscribers} at ${rate}/s`))];
    const chart: BarChart = {
      name: 'fan-out',
      title: 'Processor time of a delivery, in µs',
      groups: places,
      series: [...new Set(figures.map(({ program }) => program))].map((name) => ({
        name,
        values: figures.filter(({ program }) => program === name).map(({ cpuMicros }) => cpuMicros),
      })),
    };
    return {
      tables: [
        {
          title: '',
          headings: [
            'subscribers',
            'messages a second',
            'program',
            'µs of processor time a delivery (rounds)',
            'to bare ws',
            'to graphql-ws',
            'p50 ms',
            'p99 ms',
            'sent',
          ],
          rows: figures.map((each) => [
            String(each.subscribers),
            String(each.rate),
            each.program,
            showSpread(each.cpuMicros, 1),
            showSpread(each.toBare),
            showSpread(each.toStock),
            showSpread(each.p50Ms, 0),
            showSpread(each.p99Ms, 0),
            `${Math.round(100 * each.sent.median)} %`,
          ]),
        },
      ],
      charts: [chart],
      headlines: [],
      notes: [
        `Median of ${sizes.rounds} rounds of ${sizes.seconds} s, with the lowest and the highest; ` +
          'all take turns in each round, in the other order each time.',
        'Processor time of the whole process that writes to the sockets. For Madang that is an api process; messages ' +
          'come through another one, and a decider. The other programs get each message by HTTP and store nothing.',
        'Delays count from the moment at which a message was due. `sent` below 100 %: the program was overloaded.',
        'A twentieth of the subscribers measures delays. Every delivery is counted, and none may be missing.',
      ],
      figures,
    };
  },
};
