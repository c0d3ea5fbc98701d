import { nameOf } from '../support/deployment.js';
import { plot } from '../support/plot.js';
import type { BenchResult, Headline } from '../support/scenario.js';
import type { Spread } from '../support/statistics.js';
import { showSpread, spread } from '../support/statistics.js';
import type { FloodFigure, FloodFigures } from './figures.js';
import { FLOOD_FIGURES } from './figures.js';
import type { Measured } from './hot-room.js';
import { PAGE } from './queries.js';
import type { Rush } from './rush.js';
import type { Sizes } from './sizes.js';

const RUSH_ROWS: readonly (readonly [label: string, figure: keyof Rush, digits: number])[] = [
  ['fetch p50 ms', 'p50Ms', 1],
  ['fetch p99 ms', 'p99Ms', 1],
  ['all done s', 'seconds', 1],
  ['refused, came back', 'refused', 0],
  ['failed', 'failed', 0],
  ['timed out', 'timedOut', 0],
];

const FLOOD_ROWS: readonly (readonly [label: string, figure: FloodFigure, digits: number])[] = [
  ['quiet rooms p99 ms, no flood', 'quietAloneP99Ms', 1],
  ['quiet rooms p99 ms, flood', 'quietP99Ms', 1],
  ['  times as much', 'quietFactor', 2],
  ['  with its onset', 'quietWholeP99Ms', 1],
  ['send p99 ms, no flood', 'sendAloneP99Ms', 1],
  ['send p99 ms, flood', 'sendP99Ms', 1],
  ['hot after s', 'hotAfterSeconds', 1],
  ['served /s', 'served', 0],
  ['refused /s', 'refused', 0],
  ['unanswered in 10 s, in all', 'unanswered', 0],
  ['failed, in all', 'failed', 0],
  ['hot fetch p50 ms', 'hotP50Ms', 1],
  ['hot fetch p99 ms', 'hotP99Ms', 1],
  ['  with its onset', 'hotWholeP99Ms', 1],
  ['staleness p50 ms', 'staleP50Ms', 0],
  ['staleness p99 ms', 'staleP99Ms', 0],
  ['staleness max ms', 'staleMaxMs', 0],
  ['pages staler than the pace', 'stalerThanPace', 0],
  ['longest pace ms', 'maxPaceMs', 0],
  ['PostgreSQL transactions /s', 'transactions', 1],
  ['PostgreSQL scans /s', 'scans', 1],
  ['Redis scripts /s', 'scripts', 1],
  ['outcome fresh, and read ahead /s', 'fresh', 1],
  ['outcome coalesced /s', 'coalesced', 1],
  ['outcome cached /s', 'cached', 1],
  ['outcome bucket /s', 'bucket', 1],
  ['outcome refused /s', 'refusedByServers', 1],
  ['api CPU µs a fetch', 'cpuMicros', 0],
];

const LESS_ROWS: typeof FLOOD_ROWS = [
  ['quiet rooms p99 ms, flood', 'quietP99Ms', 1],
  ['  times as much as with none', 'quietFactor', 2],
  ['served /s', 'served', 0],
  ['refused /s', 'refused', 0],
  ['unanswered in 10 s, in all', 'unanswered', 0],
  ['failed, in all', 'failed', 0],
  ['hot fetch p99 ms', 'hotP99Ms', 1],
  ['pages staler than the pace', 'stalerThanPace', 0],
];

export function reportOf(measured: readonly Measured[], sizes: Sizes): BenchResult {
  const spreads = (rounds: readonly FloodFigures[]) =>
    Object.fromEntries(
      FLOOD_FIGURES.map((figure) => [figure, spread(rounds.map((round) => round[figure]))]),
    ) as Readonly<Record<FloodFigure, Spread>>;
  const figures = measured.map(({ engine, directive, rushes, floods, less, series }) => ({
    engine,
    directive,
    rush: Object.fromEntries(
      RUSH_ROWS.map(([, figure]) => [figure, spread(rushes.map((round) => round[figure]))]),
    ) as Readonly<Record<keyof Rush, Spread>>,
    flood: spreads(floods),
    less: Object.fromEntries(Array.from(less, ([hotPerSecond, rounds]) => [hotPerSecond, spreads(rounds)])) as Readonly<
      Record<number, Readonly<Record<FloodFigure, Spread>>>
    >,
    series,
  }));
  const colour = process.stdout.isTTY;
  return {
    tables: [
      {
        title: '',
        headings: [
          '',
          ...measured.map(
            ({ engine, directive }) => `${nameOf(engine)}, ${directive === 'on' ? '@hotRoom' : 'without'}`,
          ),
        ],
        rows: [
          [`${sizes.clients} clients in a second`, ...measured.map(() => '')],
          ...RUSH_ROWS.map(([label, figure, digits]) => [
            `  ${label}`,
            ...figures.map(({ rush }) => show(rush[figure], digits)),
          ]),
          [`${sizes.hotPerSecond} fetches a second`, ...measured.map(() => '')],
          ...FLOOD_ROWS.map(([label, figure, digits]) => [
            `  ${label}`,
            ...figures.map(({ flood }) => show(flood[figure], digits)),
          ]),
          ...sizes.lessPerSecond.flatMap((hotPerSecond) => [
            [`${hotPerSecond} fetches a second`, ...measured.map(() => '')],
            ...LESS_ROWS.map(([label, figure, digits]) => [
              `  ${label}`,
              ...figures.map(({ less }) => (less[hotPerSecond] ? show(less[hotPerSecond][figure], digits) : '')),
            ]),
          ]),
        ],
      },
    ],
    headlines: headlinesOf(
      figures.find(({ engine, directive }) => engine === 'embedded' && directive === 'on'),
      sizes,
    ),
    plots: measured.flatMap(({ engine, directive, series: { offered, served, refused, hotP99Ms, quietP99Ms } }) => {
      const where = `${nameOf(engine)}, ${directive === 'on' ? 'with @hotRoom' : 'without'}`;
      return [
        plot(
          [
            { name: 'offered', values: offered },
            { name: 'served', values: served },
            { name: 'refused', values: refused },
          ],
          { title: `${where}, fetches a second by the second in which they were due`, colour },
        ),
        plot(
          [
            { name: 'hot room', values: hotP99Ms },
            { name: 'quiet rooms', values: quietP99Ms },
          ],
          { title: `${where}, p99 ms`, colour },
        ),
      ];
    }),
    notes: [
      `One room of ${sizes.members} members and ${sizes.messages} messages; pages of ${PAGE}. ` +
        'Two api processes, one for decider, projector and heat; load, ' +
        'servers and all on this machine.',
      'Median of the rounds, with the lowest and the highest; one value where there was one round.',
      `Clients in a second: ${sizes.clients} connections, ${sizes.fetchesEach} newest pages each, ` +
        'one after the other; time out after 10 s.',
      `Flood: ${sizes.hotPerSecond} fetches a second for ${sizes.floodSeconds} s by a fixed ` +
        'schedule, timed from when each was due; 10 % older pages, ' +
        '10 % with `mine` and `myReadSeq`.',
      `After each, with the directive, smaller ones (${sizes.lessPerSecond.join(', ')} fetches a ` +
        'second), held to the same quiet seconds before the large one.',
      `Beside it ${sizes.quietPerSecond} fetches a second from ${sizes.quietRooms} quiet rooms, ` +
        `and ${sizes.sendsPerSecond} messages a second into the hot one, ` +
        'also while there is no flood.',
      `Figures are from second ${sizes.onsetSeconds} on, unless they are said to be with the onset, ` +
        'in which the room turns hot and what waited is answered.',
      'Staleness: the newest message acknowledged before a fetch was sent, ' +
        'less the newest in the page. No answer in 10 s counts as 10 s.',
      'PostgreSQL, Redis and CPU: what the flood added to what they did without it, for the flooded room alone.',
    ],
    figures: { sizes, measured: figures },
  };
}

const headlinesOf = (
  shared: { readonly flood: Readonly<Record<FloodFigure, Spread>> } | undefined,
  { members, hotPerSecond }: Sizes,
): readonly Headline[] =>
  shared === undefined
    ? []
    : [
        {
          measured:
            `a room of ${members.toLocaleString('en')} fetched from ${hotPerSecond.toLocaleString('en')} ` +
            'times a second: served',
          figure: `${Math.round(shared.flood.served.median).toLocaleString('en')} a second`,
        },
      ];

const show = ({ median, min, max }: Spread, digits: number): string => {
  if (Number.isNaN(median)) return '–';
  return min === max ? median.toFixed(digits) : showSpread({ median, min, max }, digits);
};
