import fc from 'fast-check';
import { CONTROLLER } from './constants.js';
import type { Bounds } from './bounds.js';
import type { ControllerState, Decision, Observation } from './controller.js';
import { initialState, step } from './controller.js';
import type { SliceSample } from './baseline-latency.js';

const bounds: Bounds = { minRate: 10, maxRate: 2_000 };
const slice = (records: number, commitMs: number, waitMs = 0): SliceSample => ({ records, commitMs, waitMs });

interface Steps {
  state: ControllerState;
  decision: Decision;
  now: number;
}

/** Steps of 100 ms, in which this many slices of this size and latency are stored. */
function steps(
  from: { readonly state: ControllerState; readonly now: number },
  count: number,
  seen: (rate: number, index: number) => Partial<Observation>,
  limits = bounds,
): Steps {
  let { state, now } = from;
  let decision: Decision | undefined;
  for (let index = 0; index < count; index++) {
    now += 100;
    ({ state, decision } = step(
      state,
      { now, samples: [], errors: 0, stalledMs: 0, saturated: 1, ...seen(decision?.rate ?? state.target, index) },
      limits,
    ));
  }
  return { state, decision: decision!, now };
}

/** A backlog: slices of 32, as many as the rate allows, with equal latencies. */
const atRate = (rate: number, commitMs: number): Partial<Observation> => ({
  samples: Array.from({ length: Math.max(1, Math.round(rate / 320)) }, () => slice(32, commitMs)),
});

const fresh = (limits = bounds) => ({ state: initialState(limits, 100), now: 100 });
/** Settled at a rate with 5 ms a slice. */
const settled = (rate: number) => {
  const limits = { minRate: 10, maxRate: rate };
  const { state, now } = steps(fresh(limits), 60, (at) => atRate(at, 5), limits);
  return { state: { ...state, growth: CONTROLLER.firstGrowth }, now };
};

test('at the start the rate doubles while the latency stays at its baseline', () => {
  const { decision } = steps(fresh(), 20, (rate) => atRate(rate, 5));
  expect(decision.rate).toBe(2_000);
  expect(decision).toMatchObject({ baselineMs: 5, latencyMs: 5, reason: 'bound' });
});

test('latency over its baseline slows it down, with a reason; then it grows again', () => {
  const slow = steps(settled(1_000), 30, (rate) => atRate(rate, 60));
  expect(slow.decision.target).toBeLessThan(600);
  expect(slow.decision.target).toBeGreaterThan(200);
  expect(slow.decision).toMatchObject({ reason: 'latency', latencyMs: 60, baselineMs: 5 });
  const back = steps(slow, 50, (rate) => atRate(rate, 5));
  expect(back.decision.target).toBeGreaterThan(1_000);
});

test('waiting for connections is distinguished from slow commits', () => {
  const waiting = steps(settled(1_000), 30, (rate) => ({
    samples: Array.from({ length: Math.round(rate / 320) + 1 }, () => slice(32, 5, 60)),
  }));
  expect(waiting.decision.reason).toBe('waiting');
  expect(waiting.decision.target).toBeLessThan(600);
});

test('one hiccup changes nothing', () => {
  const from = settled(1_000);
  const { decision } = steps(from, 10, (rate, index) =>
    index === 3 ? { samples: [slice(32, 50), slice(32, 50), slice(32, 45), slice(32, 40)] } : atRate(rate, 5),
  );
  expect(decision.target).toBeGreaterThanOrEqual(from.state.target);
});

test('an error slows it down at once, many in one moment no more than one', () => {
  const from = settled(1_000);
  const one = steps(from, 1, () => ({ errors: 1 }));
  expect(one.decision).toMatchObject({ target: 700, reason: 'errors', changed: true });
  expect(steps(from, 1, () => ({ errors: 50 })).decision.target).toBe(700);
  expect(steps(one, 1, () => ({ errors: 1 })).decision.target).toBe(700);
  expect(steps(one, 100, () => ({ errors: 1 })).decision.target).toBe(bounds.minRate);
});

test('a stall is noticed while it lasts, and halves the rate every second', () => {
  const from = settled(1_000);
  const stalled = steps(from, 35, (_rate, index) => ({ stalledMs: (index + 1) * 100 }));
  expect(stalled.decision).toMatchObject({ target: 125, reason: 'stalled' });
});

test('the rate is not raised while the pace is not the limit', () => {
  const from = settled(1_000);
  const { decision } = steps(from, 100, () => ({ samples: [slice(4, 2)], saturated: 0 }));
  expect(decision.target).toBe(from.state.target);
});

test('it is raised no further than the used rate allows', () => {
  const from = settled(1_000);
  const { decision } = steps(from, 100, () => ({ samples: [slice(32, 5)], saturated: 1 }));
  expect(decision.target).toBeLessThanOrEqual(1_000);
});

test('small slices have a baseline of their own, and bound that of larger ones', () => {
  const small = steps(fresh(), 20, () => ({ samples: [slice(2, 2), slice(2, 2)] }));
  expect(small.decision.baselineMs).toBe(2);
  // 16 times as many records: at most 16 times as long, in any order of observation.
  const large = steps(small, 8, () => ({ samples: [slice(32, 100), slice(32, 100)] }));
  expect(large.decision).toMatchObject({ latencyMs: 100, baselineMs: 32 });
});

test('processes that began at different moments probe at the same one', () => {
  const probing = (start: number): readonly number[] => {
    const times: number[] = [];
    let { state, now } = { state: initialState(bounds, start), now: start };
    while (now < 60_000) {
      now += 100;
      const stepped = step(
        state,
        { now, samples: [slice(32, 5), slice(32, 5)], errors: 0, stalledMs: 0, saturated: 1 },
        bounds,
      );
      if (stepped.state.probe && !state.probe) times.push(now);
      state = stepped.state;
    }
    return times;
  };
  expect(probing(1_300)).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  expect(probing(14_000)).toEqual([20_000, 30_000, 40_000, 50_000, 60_000]);
});

test('while it probes the rate is a quarter, the target stays, and nothing raises it', () => {
  const limits = { minRate: 10, maxRate: null };
  const { state } = settled(2_000);
  const probe = steps(
    { state: { ...state, steppedAt: 19_900, decidedAt: 19_900 }, now: 19_900 },
    4,
    () => atRate(500, 3),
    limits,
  );
  expect(probe.decision).toMatchObject({ reason: 'probing', changed: false });
  expect(probe.decision.rate).toBeLessThan(0.3 * probe.decision.target);
  expect(probe.decision.target).toBe(state.target);
});

test('a lower baseline counts at once in a probe, a higher one only little by little', () => {
  const { state } = settled(2_000);
  const after = (latency: number, probes: number): number | null => {
    let at: { state: ControllerState; now: number } = { state: { ...state, steppedAt: 9_900 }, now: 9_900 };
    for (let probe = 0; probe < probes; probe++) at = steps(at, 100, (rate) => atRate(rate, latency));
    return steps(at, 5, (rate) => atRate(rate, latency)).decision.baselineMs;
  };
  expect(after(3, 1)).toBeCloseTo(3, 1);
  expect(after(15, 1)).toBeLessThanOrEqual(5 * (1 + CONTROLLER.baselineUpMost) ** 2);
  expect(after(15, 30)).toBeGreaterThan(12);
});

test('a pause ages the estimate: half of the rate for every ten seconds', () => {
  const from = settled(1_000);
  const woken = step(
    from.state,
    { now: from.now + 25_000, samples: [], errors: 0, stalledMs: 0, saturated: 0 },
    bounds,
  );
  expect(woken.decision.target).toBe(250);
  expect(woken.state.baselines).toEqual(from.state.baselines);
});

const anything: fc.Arbitrary<Partial<Observation>> = fc.record({
  samples: fc.array(
    fc.record({
      records: fc.integer({ min: 0, max: 500 }),
      waitMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 60_000, noNaN: true })),
      commitMs: fc.oneof(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 60_000 }),
        fc.constant(Infinity),
      ),
    }),
    { maxLength: 40 },
  ),
  errors: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }) },
  ),
  stalledMs: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 100_000 }) },
  ),
  saturated: fc.double({ min: 0, max: 1, noNaN: true }),
});
const anyBounds: fc.Arbitrary<Bounds> = fc
  .record({
    minRate: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
    above: fc.option(fc.double({ min: 0, max: 100_000, noNaN: true })),
  })
  .map(({ minRate, above }) => ({ minRate, maxRate: above === null ? null : minRate + above }));
const anyPast = fc.array(
  fc.record({
    ms: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 400 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 1_000_000 }) },
    ),
    seen: anything,
  }),
  {
    maxLength: 120,
  },
);

/** Runs through this, and returns every decision. */
function live(
  limits: Bounds,
  past: readonly { readonly ms: number; readonly seen: Partial<Observation> }[],
): { at: { state: ControllerState; now: number }; decisions: readonly Decision[] } {
  let at = { state: initialState(limits, 0), now: 0 };
  const decisions = past.map(({ ms, seen }) => {
    const now = at.now + ms;
    const { state, decision } = step(
      at.state,
      { now, samples: [], errors: 0, stalledMs: 0, saturated: 0, ...seen },
      limits,
    );
    at = { state, now };
    return decision;
  });
  return { at, decisions };
}

test('for any observations the rate is finite and within its bounds', () => {
  fc.assert(
    fc.property(anyBounds, anyPast, (limits, past) => {
      for (const { rate, target, baselineMs, latencyMs } of live(limits, past).decisions) {
        for (const each of [rate, target]) {
          expect(Number.isFinite(each)).toBe(true);
          expect(each).toBeGreaterThanOrEqual(limits.minRate);
          if (limits.maxRate !== null) expect(each).toBeLessThanOrEqual(limits.maxRate);
        }
        for (const each of [baselineMs, latencyMs])
          expect(each === null || (Number.isFinite(each) && each > 0)).toBe(true);
      }
    }),
  );
});

test('the same observations give the same decisions, and states are not changed', () => {
  const frozen = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  };
  fc.assert(
    fc.property(anyBounds, anyPast, (limits, past) => {
      let state = initialState(limits, 0);
      let now = 0;
      const again = past.map(({ ms, seen }) => {
        frozen(state);
        now += ms;
        const stepped = step(state, { now, samples: [], errors: 0, stalledMs: 0, saturated: 0, ...seen }, limits);
        ({ state } = stepped);
        return stepped.decision;
      });
      expect(again).toEqual(live(limits, past).decisions);
    }),
    { numRuns: 30 },
  );
});

test('it is never stuck: where latency does not depend on the rate, it meets its bound', () => {
  fc.assert(
    fc.property(anyPast, fc.double({ min: 0.5, max: 5, noNaN: true }), (past, latency) => {
      const { at } = live(bounds, past);
      // An old baseline rises by a twentieth in each probe: from 10 µs to 5 ms takes 20 minutes.
      let now: { state: ControllerState; now: number } = at;
      for (let minute = 0; minute < 60 && now.state.target < 2_000; minute++)
        now = steps(now, 600, (rate) => atRate(rate, latency));
      expect(now.state.target).toBe(2_000);
    }),
    { numRuns: 10 },
  );
});
