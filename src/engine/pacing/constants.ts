/**
 * What the controller goes by; `docs/adr/0015-pacing.md` has the reasons. Rates are requests a second, latencies are
 * told as multiples of their floor.
 */
export const CONTROLLER = {
  /** Where it begins, as far as the bounds allow. */
  startRate: 50,
  /**
   * Latency over its floor that is held; by who issues less than `fullShare` connections' worth, up to `mostTolerance`.
   */
  tolerance: 2,
  mostTolerance: 3.5,
  fullShare: 2,
  /** Latency over its floor below which nothing of it is our doing. */
  clear: 1.35,
  /** A decision takes so many slices and so long, or else `timeoutMs` and one slice. */
  decideSamples: 4,
  decideMs: 200,
  timeoutMs: 1_000,
  /** Part of the time in which the pace is waited for, from which on the pace is what limits. */
  saturated: 0.02,
  /** How far the target may be above what was used, if it is to be raised. */
  usedMost: 1.1,
  /** What a hiccup is outvoted by. */
  memoryMs: 800,
  /** Part of the way to where the gradient points, in one decision; and the smallest gradient. */
  smoothing: 0.15,
  gradientMin: 0.3,
  /**
   * Additive increase: such a part of what one connection stores with full slices on an unhurried database. The same
   * for every issuer.
   */
  additive: 0.015,
  fullSlice: 32,
  /**
   * Growth of a decision while the database is clear: at the start, and its first, its acceleration and its most later.
   * From `fastGrowth` on it is told.
   */
  startGrowth: 1,
  firstGrowth: 0.02,
  acceleration: 1.6,
  mostGrowth: 0.5,
  fastGrowth: 0.2,
  /** What is left of the rate after an error and after a stall, and how far apart two such cuts are. */
  errorCut: 0.7,
  errorCutMs: 250,
  stallCut: 0.5,
  stallMs: 1_000,
  stallBaselines: 5,
  /**
   * Probing for the floor: how often, how deep, from which share of a connection on (what issues less is no load), how
   * long, and what of it is not yet undisturbed.
   */
  probeEveryMs: 10_000,
  probeDepth: 0.25,
  probeShare: 0.25,
  probeMs: 400,
  probeSettleMs: 150,
  probeMostMs: 1_500,
  /**
   * How fast a floor follows: part of the way to what is lower, and to what is higher in a probe, and of that at most
   * so much at once.
   */
  baselineDown: 0.3,
  baselineDownInProbe: 1,
  baselineUp: 0.25,
  baselineUpMost: 0.05,
  /** Nothing to do for so long halves the rate: what was learnt grows old. */
  idleHalfMs: 10_000,
  /** A change of the rate that is told. */
  tellRatio: 1.5,
} as const;

export type Constants = { readonly [K in keyof typeof CONTROLLER]: number };
