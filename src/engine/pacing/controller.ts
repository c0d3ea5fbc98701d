import type { Bounds } from './bounds.js';
import { atBound, clamped } from './bounds.js';
import type { Constants } from './constants.js';
import { CONTROLLER } from './constants.js';
import type { Baselines, SliceSample } from './baseline-latency.js';
import { baselineOf, latencyOf, lowered, median, raised } from './baseline-latency.js';
import { connectionRate, inflation, shareOf, toleranceOf } from './tolerance.js';

/** The reason of the rate. `docs/adr/0015-pacing.md` has the effect of each. */
export type Reason =
  'starting' | 'steady' | 'latency' | 'waiting' | 'errors' | 'stalled' | 'recovering' | 'probing' | 'bound';

/** The observations of a process since the last step. */
export interface Observation {
  /** Milliseconds that never go back, about the same in all processes: they probe at the same moments. */
  readonly now: number;
  /** The stored slices. */
  readonly samples: readonly SliceSample[];
  /** The number of failed commits. */
  readonly errors: number;
  /** How long work has been under way without a commit, in milliseconds. */
  readonly stalledMs: number;
  /** The fraction of the time since the last step spent waiting for the pace: 0 … 1. Near 0, something else limits. */
  readonly saturated: number;
}

export interface Decision {
  /** Requests a second, now: a quarter of the target while probing. */
  readonly rate: number;
  /** The estimated requests a second that the database takes. */
  readonly target: number;
  /**
   * For the current slices: the latency of an unloaded database, and the observed one, in milliseconds. Null: unknown.
   */
  readonly baselineMs: number | null;
  readonly latencyMs: number | null;
  readonly reason: Reason;
  /** Worth a log line: the reason is new, and the target differs from the last reported one. Never for a probe. */
  readonly changed: boolean;
}

interface Timed extends SliceSample {
  readonly at: number;
}

interface Probe {
  readonly began: number;
  readonly samples: readonly SliceSample[];
}

export interface ControllerState {
  readonly target: number;
  readonly reason: Reason;
  readonly reported: { readonly reason: Reason; readonly target: number } | null;
  readonly shown: Pick<Decision, 'baselineMs' | 'latencyMs'>;
  readonly baselines: Baselines;
  /** Of the last `memoryMs`, oldest first. */
  readonly recent: readonly Timed[];
  /** The time of the last decision, and the observations since. */
  readonly decidedAt: number;
  readonly saturated: { readonly ms: number; readonly ofMs: number };
  /** Stored requests a second before the last decision. */
  readonly used: number;
  /** The next growth while the database is unloaded. */
  readonly growth: number;
  readonly cutAt: number;
  readonly probe: Probe | null;
  readonly steppedAt: number;
}

/** The initial state. `now` as in an observation. */
export function initialState(bounds: Bounds, now: number, constants: Constants = CONTROLLER): ControllerState {
  return {
    target: clamped(bounds, constants.startRate),
    reason: 'starting',
    reported: null,
    shown: { baselineMs: null, latencyMs: null },
    baselines: new Map(),
    recent: [],
    decidedAt: now,
    saturated: { ms: 0, ofMs: 0 },
    used: 0,
    growth: constants.startGrowth,
    cutAt: -Infinity,
    probe: null,
    steppedAt: now,
  };
}

/**
 * One step on new observations. Pure; to be called every 100 to 200 ms while there is work, and with the first work
 * after a pause.
 *
 *   starting ─latency over `unloaded`► steady ◄─► latency, waiting        every probeEveryMs: probing, then back
 *                                        ▲  │
 *   errors, stalled ──► recovering ──────┘  └─unloaded for long► recovering
 */
export function step(
  before: ControllerState,
  observation: Observation,
  bounds: Bounds,
  constants: Constants = CONTROLLER,
): { readonly state: ControllerState; readonly decision: Decision } {
  const seen = taken(before, observation, constants);
  const after =
    cut(seen, observation, bounds, constants) ??
    probed(seen, observation, bounds, constants) ??
    decided(seen, observation.now, bounds, constants);
  return reported(after, bounds, constants);
}

/** Adds the observations to the memory. A pause without steps teaches nothing. */
function taken(state: ControllerState, { now, samples, saturated }: Observation, c: Constants): ControllerState {
  const sinceMs = Math.max(0, now - state.steppedAt);
  const timed = samples
    .filter((sample) => sample.records > 0 && Number.isFinite(latencyOf(sample)))
    .map((sample) => ({ ...sample, at: now }));
  if (sinceMs > 3 * c.timeoutMs) {
    const target = state.target * 0.5 ** Math.floor(sinceMs / c.idleHalfMs);
    return {
      ...state,
      ...anew(now),
      target,
      recent: timed,
      growth: Math.max(state.growth, c.firstGrowth),
      probe: null,
      steppedAt: now,
    };
  }
  // Observations older than the memory still count if there are hardly any others.
  const recent = [...state.recent, ...timed];
  const oldest = recent.findIndex(({ at }, index) => at > now - c.memoryMs || index >= recent.length - c.decideSamples);
  return {
    ...state,
    recent: recent.slice(Math.max(0, oldest)),
    saturated: { ms: state.saturated.ms + saturated * sinceMs, ofMs: state.saturated.ofMs + sinceMs },
    probe: state.probe && {
      ...state.probe,
      samples: [
        ...state.probe.samples,
        ...timed.filter((sample) => now - latencyOf(sample) >= state.probe!.began + c.probeSettleMs),
      ],
    },
    steppedAt: now,
  };
}

/** Errors and stalls do not wait for a decision. */
function cut(
  state: ControllerState,
  { now, errors, stalledMs }: Observation,
  bounds: Bounds,
  c: Constants,
): ControllerState | null {
  const slowed = (factor: number, reason: Reason): ControllerState => ({
    ...state,
    ...anew(now),
    target: clamped(bounds, state.target * factor),
    reason,
    growth: c.firstGrowth,
    cutAt: now,
    probe: null,
  });
  if (errors > 0 && now - state.cutAt >= c.errorCutMs) return slowed(c.errorCut, 'errors');
  if (
    stalledMs >= Math.max(c.stallMs, c.stallBaselines * (state.shown.baselineMs ?? 0)) &&
    now - state.cutAt >= c.stallMs
  )
    return slowed(c.stallCut, 'stalled');
  return null;
}

/**
 * Regularly lowers the rate for a moment, to measure the database without our load. Null: no probe, continue deciding.
 */
function probed(state: ControllerState, { now }: Observation, bounds: Bounds, c: Constants): ControllerState | null {
  const { probe } = state;
  if (probe) {
    const lasted = now - probe.began;
    if (lasted < c.probeMs || (probe.samples.length < c.decideSamples && lasted < c.probeMostMs)) return state;
    const baselines = raised(
      lowered(state.baselines, probe.samples, c.baselineDownInProbe, c.decideSamples),
      probe.samples,
      c.baselineUp,
      c.baselineUpMost,
    );
    // Observations at a quarter of the rate say nothing about the full rate.
    return { ...state, ...anew(now), recent: [], baselines, probe: null };
  }
  const due = Math.floor(now / c.probeEveryMs) !== Math.floor((now - c.decideMs) / c.probeEveryMs);
  if (!due || state.recent.length === 0) return null;
  return { ...state, probe: { began: now, samples: [] }, target: clamped(bounds, state.target) };
}

function decided(state: ControllerState, now: number, bounds: Bounds, c: Constants): ControllerState {
  const fresh = state.recent.filter(({ at }) => at > state.decidedAt);
  const sinceMs = now - state.decidedAt;
  // The effect of the last decision shows only in slices that began after it.
  const roundTripMs = (): number => median(fresh.map(latencyOf))!;
  const enough =
    (fresh.length >= c.decideSamples && sinceMs >= c.decideMs && sinceMs >= 2 * roundTripMs()) ||
    (fresh.length > 0 && sinceMs >= c.timeoutMs);
  if (!enough) return state;

  const baselines = lowered(state.baselines, state.recent, c.baselineDown);
  const short = inflation(baselines, fresh);
  const long = inflation(baselines, state.recent);
  // To slow down, both must be high: a hiccup is in one of them only. While the rate doubles, older slices say nothing.
  const high = state.growth > c.mostGrowth ? short : Math.min(short, long);
  const low = Math.max(short, high);
  const limiting = state.saturated.ofMs > 0 && state.saturated.ms / state.saturated.ofMs >= c.saturated;
  const used = Math.max(
    perSecond(fresh, sinceMs),
    perSecond(state.recent, Math.max(c.memoryMs, now - state.recent[0]!.at)),
  );
  const shown = {
    baselineMs: baselineOf(baselines, median(state.recent.map(({ records }) => records))!),
    latencyMs: median(state.recent.map(latencyOf)),
  };
  const next = { ...state, ...anew(now), baselines, used, shown };
  // If something else limits, the used rate counts.
  const raise = (to: number): number =>
    clamped(bounds, Math.min(to, Math.max(state.target, (used * c.usedMost * to) / state.target)));

  const tolerance = toleranceOf(baselines, state.target, c);

  if (high > tolerance) {
    const from = Math.min(state.target, used * c.usedMost);
    const gradient = Math.max(c.gradientMin, tolerance / high);
    const waiting = median(fresh.map(({ waitMs }) => waitMs))! > median(fresh.map(({ commitMs }) => commitMs))! * 0.5;
    return {
      ...next,
      target: clamped(bounds, from * (1 - c.smoothing * (1 - gradient))),
      growth: c.firstGrowth,
      reason: waiting ? 'waiting' : 'latency',
    };
  }
  if (!limiting) return { ...next, reason: state.reason === 'starting' ? 'starting' : 'steady' };
  if (low < c.unloaded) {
    const growth = state.growth > c.mostGrowth ? state.growth : Math.min(c.mostGrowth, state.growth * c.acceleration);
    const reason = state.reason === 'starting' ? 'starting' : growth > c.fastGrowth ? 'recovering' : 'steady';
    return { ...next, target: raise(state.target * (1 + state.growth)), growth, reason };
  }
  return {
    ...next,
    target: low < tolerance ? raise(state.target + c.additive * (connectionRate(baselines, c) ?? 0)) : state.target,
    growth: high < c.unloaded ? Math.min(state.growth, c.mostGrowth) : Math.max(c.firstGrowth, state.growth / 4),
    reason: 'steady',
  };
}

const anew = (now: number): Pick<ControllerState, 'decidedAt' | 'saturated'> => ({
  decidedAt: now,
  saturated: { ms: 0, ofMs: 0 },
});

function reported(
  after: ControllerState,
  bounds: Bounds,
  c: Constants,
): { readonly state: ControllerState; readonly decision: Decision } {
  const target = clamped(bounds, after.target);
  const urgent = after.reason === 'errors' || after.reason === 'stalled';
  const reason = !urgent && atBound(bounds, target) ? 'bound' : after.reason;
  const last = after.reported;
  const moved = last !== null && (target >= last.target * c.reportRatio || target <= last.target / c.reportRatio);
  const changed = last === null || (reason !== last.reason && (moved || urgent));
  return {
    state: { ...after, target, reported: changed ? { reason, target } : last },
    decision: {
      rate:
        after.probe && shareOf(after.baselines, after.used, c) > c.probeShare
          ? clamped(bounds, Math.min(target, after.used) * c.probeDepth)
          : target,
      target,
      ...after.shown,
      reason: after.probe ? 'probing' : reason,
      changed,
    },
  };
}

const perSecond = (samples: readonly SliceSample[], ms: number): number =>
  (samples.reduce((total, { records }) => total + records, 0) * 1_000) / ms;
