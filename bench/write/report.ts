import type { BarChart } from '../support/bar-chart.js';
import type { FigureTable } from '../support/scenario.js';
import type { Spread } from '../support/statistics.js';
import { showSpread, spread } from '../support/statistics.js';
import type { MeasuredWrites } from './measure.js';

/** The rounds of one program, under one condition such as a number of rooms. */
export interface WriteSeries {
  readonly condition: string;
  readonly program: string;
  readonly rounds: MeasuredWrites[];
}

export interface WriteFigures {
  readonly condition: string;
  readonly program: string;
  readonly perSecond: Spread;
  readonly nodeMicros: Spread;
  readonly postgresMicros: Spread;
  readonly brokerMicros: Spread;
  /** Node.js, compared within a round with the first program of the condition: a busy machine changes both. */
  readonly toFirst: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
}

export function figuresOf(all: readonly WriteSeries[]): readonly WriteFigures[] {
  return all.map(({ condition, program, rounds }) => {
    const first = all.find((each) => each.condition === condition)!;
    const over = (figure: (round: MeasuredWrites) => number): Spread => spread(rounds.map(figure));
    return {
      condition,
      program,
      perSecond: over(({ perSecond }) => perSecond),
      nodeMicros: over(({ cpu }) => cpu.node),
      postgresMicros: over(({ cpu }) => cpu.postgres),
      brokerMicros: over(({ cpu }) => cpu.broker),
      toFirst: spread(rounds.map(({ cpu }, round) => cpu.node / first.rounds[round]!.cpu.node)),
      p50Ms: over(({ p50Ms }) => p50Ms),
      p99Ms: over(({ p99Ms }) => p99Ms),
    };
  });
}

export function writeTable(heading: string, figures: readonly WriteFigures[]): FigureTable {
  return {
    title: '',
    headings: [
      heading,
      'program',
      'a second (rounds)',
      'µs of Node.js each',
      'to the first',
      'of PostgreSQL',
      'of the broker',
      'p50 ms',
      'p99 ms',
    ],
    rows: figures.map((each) => [
      each.condition,
      each.program,
      showSpread(each.perSecond, 0),
      showSpread(each.nodeMicros, 0),
      showSpread(each.toFirst),
      showSpread(each.postgresMicros, 0),
      each.brokerMicros.max === 0 ? '' : showSpread(each.brokerMicros, 0),
      showSpread(each.p50Ms, 1),
      showSpread(each.p99Ms, 1),
    ]),
  };
}

export function writeChart(name: string, title: string, figures: readonly WriteFigures[]): BarChart {
  const conditions = [...new Set(figures.map(({ condition }) => condition))];
  return {
    name,
    title,
    groups: conditions,
    series: [...new Set(figures.map(({ program }) => program))].map((program) => ({
      name: program,
      values: figures.filter((each) => each.program === program).map(({ nodeMicros }) => nodeMicros),
    })),
  };
}
