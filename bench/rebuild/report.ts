import type { BenchResult } from '../support/scenario.js';
import { quantile, showSpread, spread } from '../support/statistics.js';
import type { Compared, Measured } from './rebuild.js';
import type { Sizes } from './sizes.js';
import { MEMBERS } from './synthetic-log.js';

export interface Findings {
  readonly small: Measured;
  readonly large: Measured;
  readonly compared: Compared;
  readonly sizes: Sizes;
}

const WINDOWS = {
  before: 'before',
  during: 'during rebuilds',
  duringPaced: 'during rebuilds with --pace',
  duringFlushes: 'while Redis fills again',
} as const;

type Row = readonly [what: string, small: string, large: string];

export function reportOf({ small, large, compared, sizes }: Findings): BenchResult {
  const figures = {
    sizes,
    small: figuresOf(small),
    large: figuresOf(large),
    compared: comparedFigures(compared, sizes),
  };
  const both = (what: string, show: (of: ReturnType<typeof figuresOf>) => string): Row => [
    what,
    show(figures.small),
    show(figures.large),
  ];
  const only = (what: string, shown: string): Row => [what, '', shown];
  const { insertSeconds, insertRate, ofInserts, emmettRate, emmettTunedRate, each, verify } = figures.compared;
  const ours = figures.large.quiet.eventsPerSecond.median;
  const rows: readonly Row[] = [
    ['all read models, quiet', '', ''],
    both('  seconds', ({ quiet }) => showSpread(quiet.seconds, 1)),
    both('  events/s', ({ quiet }) => showSpread(quiet.eventsPerSecond, 0)),
    both('  peak memory MB', ({ quiet }) => showSpread(quiet.peakMb, 0)),
    ...(['loaded', 'paced'] as const).flatMap((how): Row[] => [
      [{ loaded: 'all read models, under load', paced: 'all read models, under load, --pace' }[how], '', ''],
      both('  seconds', (of) => showSpread(of[how].seconds, 1)),
      both('  events/s', (of) => showSpread(of[how].eventsPerSecond, 0)),
      both('  peak memory MB', (of) => showSpread(of[how].peakMb, 0)),
    ]),
    ['all of the load', '', ''],
    both('  failed requests', ({ failed }) => String(failed)),
    both('  wrong answers', ({ wrong }) => String(wrong)),
    both('  answers checked', ({ answers }) => String(answers)),
    both('  messages that could not be sent in time', ({ held }) => String(held)),
    both('  events heard by subscribers', ({ heard }) => String(heard)),
    ...(Object.keys(WINDOWS) as (keyof typeof WINDOWS)[]).flatMap((when): Row[] => [
      [`live read models, ${WINDOWS[when]}`, '', ''],
      both(
        '  sent to readable ms p50',
        (of) => `${of[when].lagP50.toFixed(1)} (× ${(of[when].lagP50 / of.before.lagP50).toFixed(1)})`,
      ),
      both(
        '  sent to readable ms p99',
        (of) => `${of[when].lagP99.toFixed(1)} (× ${(of[when].lagP99 / of.before.lagP99).toFixed(1)})`,
      ),
      both('  read ms p99', (of) => of[when].readP99.toFixed(1)),
      both('  events behind, at most', (of) => String(of[when].mostBehind)),
    ]),
    both('whole again after FLUSHALL s', ({ flushes }) => showSpread(flushes, 1)),
    ['each read model alone', '', ''],
    ...each.map(({ name, store, seconds, eventsPerSecond, peakMb }): Row => {
      const inserted = insertSeconds[name];
      const beside = inserted === undefined ? '' : `, insert loop ${inserted.median.toFixed(1)} s`;
      return only(
        `  ${name} (${store})`,
        `${seconds.toFixed(1)} s, ${eventsPerSecond}/s, ${peakMb.toFixed(0)} MB${beside}`,
      );
    }),
    ['beside others', '', ''],
    only('  (a) insert loop, events/s', showSpread(insertRate, 0)),
    only('    rebuild in turn with it, of it', showSpread(ofInserts)),
    only('  (b) emmett, events/s', showSpread(emmettRate, 0)),
    only('    rebuild, times as much', (ours / emmettRate.median).toFixed(0)),
    only('  (b) emmett, larger batches, events/s', emmettTunedRate.toFixed(0)),
    only('    rebuild, times as much', (ours / emmettTunedRate).toFixed(0)),
    ['verify', '', ''],
    only(
      '  all read models',
      `${verify.equal ? 'equal' : 'DIFFERENT'} in ${verify.rows} rows and keys, ` +
        `${verify.seconds.toFixed(1)} s, ${verify.peakMb.toFixed(0)} MB`,
    ),
    only(
      `  ${verify.messages} messages, three not as they were`,
      `${verify.tampered.altered} altered, ${verify.tampered.missing} missing, ` +
        `${verify.tampered.extra} extra${verify.tampered.named ? ', each by its key' : ''}, ` +
        `${verify.tampered.seconds.toFixed(1)} s`,
    ),
    only('  and mended', verify.equalAgain ? 'equal' : 'DIFFERENT'),
  ];
  const { tampered, equal, equalAgain } = verify;
  const isFound = tampered.altered === 1 && tampered.missing === 1 && tampered.extra === 1 && tampered.named;
  const isRight =
    [small, large].every(({ loaded: { load } }) => load.failed.length + load.wrong.length === 0) &&
    equal &&
    isFound &&
    equalAgain;
  if (!isRight) process.exitCode = 1;
  return {
    tables: [{ title: '', headings: ['', `${small.filled.events} events`, `${large.filled.events} events`], rows }],
    headlines: [
      {
        measured: `rebuild of every read model from ${large.filled.events.toLocaleString('en')} events`,
        figure: `${Math.round(ours).toLocaleString('en')} events a second`,
      },
    ],
    notes: [
      `Rooms over all partitions with ${MEMBERS} members each, messages, reactions, reads, ` +
        `users and a campaign, put straight into the event store (${large.filled.seconds.toFixed(0)} s).`,
      'Median of the rounds, with the lowest and the highest. Events a second: events of the log, ' +
        'over the seconds that `bin/madang projections rebuild` says.',
      '× …: times what it was before the rebuilds.',
      `Under load: one process with all roles; ${sizes.sends} messages and ${sizes.reads} reads a ` +
        'second and a subscriber in each of 12 rooms, every answer looked at.',
      'Sent to readable: a message, from when it was due until `waitFor: PROJECTED` answered. ' +
        'It waits for every read model.',
      '(a): the rows that all PostgreSQL read models have in the end, ' +
        'in statements of 5,000 rows on one connection, into empty tables with the same indexes;',
      '  the seconds are those of the inserts alone. The rebuild beside it reads and folds every ' +
        'event, and fills the two in Redis as well.',
      `(b): emmett-postgresql 0.42.0, \`rebuildPostgreSQLProjections\` over ${sizes.emmett} of ` +
        `these events, with the PostgreSQL read models' own statements as its projections;`,
      '  first with its own settings (batches of 100, 50 ms between them), then with batches of 1,000 and no pause.',
    ],
    figures,
  };
}

function figuresOf({ filled, quiet, loaded }: Measured) {
  const ran = (runs: Measured['quiet']) => ({
    seconds: spread(runs.map(({ json }) => json.seconds)),
    eventsPerSecond: spread(runs.map(({ json }) => json.events / json.seconds)),
    peakMb: spread(runs.map(({ peakMb }) => peakMb)),
  });
  const seen = ({ lags, reads, mostBehind }: Measured['loaded']['before']) => ({
    lagP50: quantile(lags, 0.5),
    lagP99: quantile(lags, 0.99),
    readP99: quantile(reads, 0.99),
    mostBehind,
  });
  const { load } = loaded;
  return {
    events: filled.events,
    quiet: ran(quiet),
    loaded: ran(loaded.rebuilds),
    paced: ran(loaded.paced),
    before: seen(loaded.before),
    during: seen(loaded.during),
    duringPaced: seen(loaded.duringPaced),
    duringFlushes: seen(loaded.duringFlushes),
    flushes: spread(loaded.flushes),
    failed: load.failed.length,
    wrong: load.wrong.length,
    late: load.late,
    held: load.held,
    answers: load.answers,
    heard: load.events,
  };
}

const total = (seconds: ReadonlyMap<string, number>): number =>
  [...seconds.values()].reduce((sum, each) => sum + each, 0);

function comparedFigures({ each, beside, inserts, emmett, emmettTuned, verified }: Compared, { large }: Sizes) {
  const names = [...(inserts[0]?.keys() ?? [])];
  return {
    each: each.flatMap(({ json, peakMb }) => json.rebuilt.map((rebuilt) => ({ ...rebuilt, peakMb }))),
    insertSeconds: Object.fromEntries(names.map((name) => [name, spread(inserts.map((round) => round.get(name)!))])),
    insertRate: spread(inserts.map((round) => large / total(round))),
    ofInserts: spread(inserts.map((round, n) => total(round) / beside[n]!.json.seconds)),
    emmettRate: spread(emmett.map(({ events, seconds }) => events / seconds)),
    emmettTunedRate: emmettTuned.events / emmettTuned.seconds,
    verify: verified,
  };
}
