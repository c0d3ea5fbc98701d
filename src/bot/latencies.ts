import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';

/** What the bot times, each from its due time on the schedule. */
export const TIMED = ['join', 'send', 'deliver', 'fetch', 'press', 'outcome', 'replay', 'late'] as const;
export type Timed = (typeof TIMED)[number];

export const PERCENTILES = { p50: 50, p90: 90, p99: 99, p999: 99.9, max: 100 } as const;
export type Percentile = keyof typeof PERCENTILES;

export type Summary = { readonly count: number } & Readonly<Record<Percentile, number>>;

/** Microseconds, to three significant digits. A longer time counts as the longest. */
const LONGEST_US = 600_000_000;
const SHAPE = {
  bitBucketSize: 32,
  lowestDiscernibleValue: 1,
  highestTrackableValue: LONGEST_US,
  numberOfSignificantValueDigits: 3,
} as const;

/** Histograms as text, to hand from thread to thread. Histograms without a value are left out. */
export type EncodedLatencies = Partial<Readonly<Record<Timed, string>>>;

/** A histogram for each of the timed things. Values are in milliseconds. */
export interface Latencies {
  record(what: Timed, ms: number): void;
  add(encoded: EncodedLatencies): void;
  encode(): EncodedLatencies;
  /** Undefined without a value. */
  summary(what: Timed): Summary | undefined;
  reset(): void;
}

export function createLatencies(): Latencies {
  const histograms = new Map<Timed, Histogram>();
  const of = (what: Timed): Histogram => {
    const found = histograms.get(what);
    if (found) return found;
    const made = build(SHAPE);
    histograms.set(what, made);
    return made;
  };
  const filled = (): readonly (readonly [Timed, Histogram])[] =>
    [...histograms].filter(([, histogram]) => histogram.totalCount > 0);
  return {
    record(what, ms) {
      of(what).recordValue(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1_000))));
    },
    add(encoded) {
      for (const what of TIMED) {
        const text = encoded[what];
        if (text !== undefined) of(what).add(decodeFromCompressedBase64(text));
      }
    },
    encode: () =>
      Object.fromEntries(filled().map(([what, histogram]) => [what, encodeIntoCompressedBase64(histogram)] as const)),
    summary(what) {
      const histogram = histograms.get(what);
      if (!histogram || histogram.totalCount === 0) return undefined;
      const ms = (percent: number): number => histogram.getValueAtPercentile(percent) / 1_000;
      return {
        count: histogram.totalCount,
        p50: ms(PERCENTILES.p50),
        p90: ms(PERCENTILES.p90),
        p99: ms(PERCENTILES.p99),
        p999: ms(PERCENTILES.p999),
        max: histogram.maxValue / 1_000,
      };
    },
    reset() {
      for (const histogram of histograms.values()) histogram.reset();
    },
  };
}
