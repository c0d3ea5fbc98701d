import type { Outcome, Taken } from '../support/open-loop.js';
import { OUTCOMES } from '../support/open-loop.js';
import { quantile } from '../support/statistics.js';
import type { Run } from './flood.js';
import { TIMEOUT_MS } from './flood.js';
import type { HotFetches } from './hot-fetches-thread.js';
import type { Sizes } from './sizes.js';

/** The figures of one round of a flood, by name. */
export type FloodFigures = Readonly<Record<FloodFigure, number>>;

export type FloodFigure = (typeof FLOOD_FIGURES)[number];

/**
 * `Whole`, `unanswered`, `failed`, `stalerThanPace`: over the whole flood. All others: after it has settled; rates are
 * per second.
 */
export const FLOOD_FIGURES = [
  'quietAloneP50Ms',
  'quietAloneP99Ms',
  'quietP50Ms',
  'quietP99Ms',
  'quietFactor',
  'quietWholeP99Ms',
  'sendAloneP99Ms',
  'sendP99Ms',
  'hotAfterSeconds',
  'served',
  'refused',
  'unanswered',
  'failed',
  'hotP50Ms',
  'hotP99Ms',
  'hotWholeP99Ms',
  'staleP50Ms',
  'staleP99Ms',
  'staleMaxMs',
  'stalerThanPace',
  'maxPaceMs',
  'transactions',
  'scans',
  'scripts',
  'fresh',
  'coalesced',
  'cached',
  'bucket',
  'refusedByServers',
  'cpuMicros',
] as const;

/** The values of a flood from second to second. */
export interface FloodSeries {
  readonly offered: readonly number[];
  readonly served: readonly number[];
  readonly refused: readonly number[];
  readonly hotP99Ms: readonly number[];
  readonly quietP99Ms: readonly number[];
}

export function floodFigures(
  alone: Run,
  flood: Run & { readonly hot: HotFetches },
  { hotPerSecond, onsetSeconds, floodSeconds }: Sizes,
): FloodFigures {
  const { hot } = flood;
  const settled = Math.round(onsetSeconds * hotPerSecond);
  const seconds = floodSeconds - onsetSeconds;
  const count = (outcome: Outcome, from = 0): number =>
    hot.outcomes.subarray(from).filter((at) => OUTCOMES[at] === outcome).length;
  const stale = [...hot.staleMs.subarray(settled)].filter(Number.isFinite);
  const quiet = waits(flood.quiet, onsetSeconds / floodSeconds);
  const alonep99 = quantile(waits(alone.quiet), 0.99);
  const more = (name: string): number => flood.rate(name) - alone.rate(name);
  const firstHot = hot.paceMs.findIndex(Number.isFinite);
  const served = count('served', settled) / seconds;
  const refused = count('refused', settled) / seconds;
  return {
    quietAloneP50Ms: quantile(waits(alone.quiet), 0.5),
    quietAloneP99Ms: alonep99,
    quietP50Ms: quantile(quiet, 0.5),
    quietP99Ms: quantile(quiet, 0.99),
    quietFactor: quantile(quiet, 0.99) / alonep99,
    quietWholeP99Ms: quantile(waits(flood.quiet), 0.99),
    sendAloneP99Ms: quantile(waits(alone.sends), 0.99),
    sendP99Ms: quantile(waits(flood.sends, onsetSeconds / floodSeconds), 0.99),
    hotAfterSeconds: firstHot < 0 ? Number.NaN : firstHot / hotPerSecond,
    served,
    refused,
    unanswered: count('unanswered'),
    failed: count('failed'),
    hotP50Ms: quantile(waits(hot, onsetSeconds / floodSeconds), 0.5),
    hotP99Ms: quantile(waits(hot, onsetSeconds / floodSeconds), 0.99),
    hotWholeP99Ms: quantile(waits(hot), 0.99),
    staleP50Ms: quantile(stale, 0.5),
    staleP99Ms: quantile(stale, 0.99),
    staleMaxMs: quantile(stale, 1),
    stalerThanPace: hot.staleMs.filter((ms, index) => ms > hot.paceMs[index]!).length,
    maxPaceMs: quantile([...hot.paceMs].filter(Number.isFinite), 1),
    transactions: more('transactions'),
    scans: more('scans'),
    scripts: more('scripts'),
    fresh: flood.rate('fresh') + flood.rate('ahead'),
    coalesced: flood.rate('coalesced'),
    cached: flood.rate('cached'),
    bucket: flood.rate('bucket'),
    refusedByServers: flood.rate('refused'),
    cpuMicros: served + refused > 0 ? (more('cpu') * 1e6) / (served + refused) : Number.NaN,
  };
}

export function floodSeries(
  { quiet, hot }: Run & { readonly hot: HotFetches },
  { hotPerSecond, quietPerSecond, floodSeconds }: Sizes,
): FloodSeries {
  const seconds = Array.from({ length: floodSeconds }, (_, second) => second);
  const counted = (outcome: Outcome) => (second: number) =>
    hot.outcomes.subarray(second * hotPerSecond, (second + 1) * hotPerSecond).filter((at) => OUTCOMES[at] === outcome)
      .length;
  const p99 = (taken: Taken, perSecond: number) => (second: number) =>
    quantile(waits(taken).slice(second * perSecond, (second + 1) * perSecond), 0.99);
  return {
    offered: seconds.map(() => hotPerSecond),
    served: seconds.map(counted('served')),
    refused: seconds.map(counted('refused')),
    hotP99Ms: seconds.map(p99(hot, hotPerSecond)),
    quietP99Ms: seconds.map(p99(quiet, quietPerSecond)),
  };
}

/** The waiting times from a part of the run on. A request without an answer counts as the timeout. */
const waits = ({ ms }: Pick<Taken, 'ms'>, from = 0): number[] =>
  Array.from(ms.subarray(Math.round(ms.length * from)), (each) => (Number.isNaN(each) ? TIMEOUT_MS : each));
