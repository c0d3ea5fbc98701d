import { ENGINES, nameOf } from '../support/deployment.js';
import type { BenchResult, Scenario } from '../support/scenario.js';
import { startStack } from '../support/stack.js';
import { showSpread, spread } from '../support/statistics.js';
import { NOBODY, PLACE, PROGRESS, measure } from './measure.js';
import type { Measured } from './measure.js';
import { FULL, ISSUED_PER_SECOND, QUICK } from './sizes.js';

const WAYS = [NOBODY, PLACE, PROGRESS] as const;

export const waiting: Scenario = {
  name: 'waiting',
  about: '20,000 users wait in a campaign for a minute: processor time of telling them their place',
  async run(report, { quick }): Promise<BenchResult> {
    const sizes = quick ? QUICK : FULL;
    await using stack = await startStack();
    const cases = ENGINES.flatMap((engine) => WAYS.map((way) => ({ engine, way, rounds: [] as Measured[] })));
    for (let round = 1; round <= sizes.rounds; round++) {
      report(`round ${round} of ${sizes.rounds}`);
      for (const { engine, way, rounds } of round % 2 > 0 ? cases : cases.toReversed())
        rounds.push(await measure(stack, engine, way, sizes, report));
    }
    const figures = cases.map(({ engine, way, rounds }) => ({
      engine,
      way: way.name,
      cpuMs: spread(rounds.map(({ cpuMs }) => cpuMs)),
      deliveries: spread(rounds.map(({ deliveries }) => deliveries)),
    }));
    return {
      tables: [
        {
          title: '',
          headings: [
            'log',
            'users are told',
            'processor time of the api processes, ms (rounds)',
            'deliveries (rounds)',
          ],
          rows: figures.map(({ engine, way, cpuMs, deliveries }) => [
            nameOf(engine),
            way,
            showSpread(cpuMs, 0),
            showSpread(deliveries, 0),
          ]),
        },
      ],
      headlines: [],
      notes: [
        `${sizes.processes * sizes.usersOfProcess} users at ${sizes.processes} api processes, each with a WebSocket ` +
          `of its own, for ${sizes.seconds} s; ${ISSUED_PER_SECOND} requests a second get their outcome meanwhile.`,
        `Median of ${sizes.rounds} rounds with the lowest and the highest; the ways take turns, in the other order ` +
          'each time.',
        'An api process tells at most 1,000 places a second: with more users each of them gets fewer. The progress ' +
          'of the campaign goes to all of them once a second, and each knows its place from its own number.',
      ],
      figures,
    };
  },
};
