import type { Baselines, SliceSample } from './baseline-latency.js';
import { baselineOf, latencyOf, median } from './baseline-latency.js';
import type { Constants } from './constants.js';

/** The latency of slices relative to an unloaded database: 1 is equal. */
export function inflation(baselines: Baselines, samples: readonly SliceSample[]): number {
  return (
    median(samples.map((sample) => latencyOf(sample) / (baselineOf(baselines, sample.records) ?? latencyOf(sample)))) ??
    1
  );
}

/**
 * Requests a second of one connection with full slices on an unloaded database. The same for all issuers on a database.
 */
export function connectionRate(baselines: Baselines, c: Constants): number | null {
  const baseline = baselineOf(baselines, c.fullSlice);
  return baseline === null ? null : (c.fullSlice * 1_000) / baseline;
}

/** The number of such connections for a rate. Unknown: a full share. */
export const shareOf = (baselines: Baselines, rate: number, c: Constants): number =>
  rate / (connectionRate(baselines, c) ?? rate / c.fullShare);

/**
 * A smaller issuer tolerates more latency. Of two issuers on a database the smaller one then grows at a latency at
 * which the larger one slows down, also if their baselines differ a little; with one tolerance for all, the issuer with
 * the lower baseline would starve.
 */
export function toleranceOf(baselines: Baselines, rate: number, c: Constants): number {
  return Math.min(
    c.mostTolerance,
    1 + (c.tolerance - 1) * Math.max(1, Math.sqrt(c.fullShare / shareOf(baselines, rate, c))),
  );
}
