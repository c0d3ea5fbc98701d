/**
 * The constants of the controller; `docs/adr/0015-pacing.md` has the reasons. Rates are requests a second, latencies
 * are multiples of their baseline.
 */
export const CONTROLLER = {
  /** The initial rate, within the bounds. */
  startRate: 50,
  /** The target latency; for an issuer below `fullShare` connections, up to `mostTolerance`. */
  tolerance: 2,
  mostTolerance: 3.5,
  fullShare: 2,
  /** The latency below which the database counts as unloaded. */
  unloaded: 1.35,
  /** A decision takes this many slices and this long, or else `timeoutMs` and one slice. */
  decideSamples: 4,
  decideMs: 200,
  timeoutMs: 1_000,
  /** The fraction of time waiting for the pace from which on the pace is the limit. */
  saturated: 0.02,
  /** The maximum of the target relative to the used rate, for a raise. */
  usedMost: 1.1,
  /** The window that outvotes a hiccup. */
  memoryMs: 800,
  /** The part of the way to the gradient's rate in one decision; and the smallest gradient. */
  smoothing: 0.15,
  gradientMin: 0.3,
  /**
   * Additive increase, as a fraction of the rate of one connection with full slices on an unloaded database. The same
   * for every issuer.
   */
  additive: 0.015,
  fullSlice: 32,
  /**
   * Growth per decision while the database is unloaded: at the start; later its first value, acceleration and maximum.
   * From `fastGrowth` on it is reported.
   */
  startGrowth: 1,
  firstGrowth: 0.02,
  acceleration: 1.6,
  mostGrowth: 0.5,
  fastGrowth: 0.2,
  /** The remaining part of the rate after an error and after a stall, and the minimum time between two cuts. */
  errorCut: 0.7,
  errorCutMs: 250,
  stallCut: 0.5,
  stallMs: 1_000,
  stallBaselines: 5,
  /**
   * Probing for the baseline: interval, depth, minimum share of a connection (a smaller issuer is no load), duration,
   * and the part of it that is still disturbed.
   */
  probeEveryMs: 10_000,
  probeDepth: 0.25,
  probeShare: 0.25,
  probeMs: 400,
  probeSettleMs: 150,
  probeMostMs: 1_500,
  /** How fast a baseline follows: part of the way down, part of the way up in a probe, and the maximum of one raise. */
  baselineDown: 0.3,
  baselineDownInProbe: 1,
  baselineUp: 0.25,
  baselineUpMost: 0.05,
  /** Idle time that halves the rate: estimates age. */
  idleHalfMs: 10_000,
  /** The change of the rate that is reported. */
  reportRatio: 1.5,
} as const;

export type Constants = { readonly [K in keyof typeof CONTROLLER]: number };
