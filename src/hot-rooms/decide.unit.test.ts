import fc from 'fast-check';
import type { RoomId } from '../events/ids.js';
import { roomId } from '../events/ids.js';
import type { HeatDecision, HeatOverride } from './heat-store.js';
import type { HeatChange } from './decide.js';
import { NOTHING_HOT, decide, holds } from './decide.js';

const THRESHOLDS = { enter: 500, exit: 250 };
const ROOM = roomId('room');
const OTHER = roomId('other');

interface Second {
  /** Fetches in ROOM; null: no counts. */
  readonly fetches: number | null;
  readonly overrides?: readonly HeatOverride[];
}

/** Decides second by second, from second 0 on. */
function decided(
  seconds: readonly Second[],
  from: HeatDecision = NOTHING_HOT,
): { decision: HeatDecision; changes: (HeatChange & { second: number })[]; states: boolean[] } {
  let decision = from;
  const changes: (HeatChange & { second: number })[] = [];
  const states: boolean[] = [];
  for (const [second, { fetches, overrides = [] }] of seconds.entries()) {
    const counts = fetches === null ? null : new Map<RoomId, number>(fetches === 0 ? [] : [[ROOM, fetches]]);
    const step = decide(decision, { second, counts, now: (second + 1) * 1_000 + 270, overrides }, THRESHOLDS);
    decision = step.decision;
    changes.push(...step.changes.map((change) => ({ ...change, second })));
    states.push(decision.hot.has(ROOM));
  }
  return { decision, changes, states };
}
const counts = (...fetches: (number | null)[]): Second[] => fetches.map((each) => ({ fetches: each }));
const statesOf = (seconds: readonly Second[]): string =>
  decided(seconds)
    .states.map((hot) => (hot ? 'H' : '-'))
    .join('');

describe('counts', () => {
  test.each<[string, (number | null)[], string]>([
    ['above enter it turns hot, at enter it does not', [500, 501], '-H'],
    ['between the thresholds a room keeps its state', [400, 400, 501, 400, 250, 250, 250, 250], '--HHHHHH'],
    ['below exit for three seconds in a row it cools', [501, 249, 249, 249, 0], 'HHH--'],
    ['a second that is not below restarts the three', [501, 249, 249, 250, 249, 249, 249], 'HHHHHH-'],
    ['a room without a single fetch is below', [501, 0, 0, 0], 'HHH-'],
    ['it may turn hot again at once', [501, 0, 0, 0, 501], 'HHH-H'],
    ['a second without counts changes nothing', [501, null, null, null, null, 300], 'HHHHHH'],
    ['once its time is over, the next second with counts decides', [501, null, null, null, null, 100], 'HHHHH-'],
  ])('%s', (_, fetches, states) => expect(statesOf(counts(...fetches))).toBe(states));

  test('each change is reported once, with its cause', () => {
    const { changes } = decided(counts(100, 2_000, 1_900, 10, 10, 10, 10));
    expect(changes).toEqual([
      { second: 1, roomId: ROOM, state: 'HOT', fetchesPerSecond: 2_000, paceMs: 500, by: 'counts' },
      { second: 5, roomId: ROOM, state: 'NORMAL', fetchesPerSecond: 10, paceMs: 0, by: 'counts' },
    ]);
  });

  test('a hot room shows its load, its pace, and the latest time of its next decision', () => {
    const { decision } = decided(counts(2_000, 2_000, 2_000));
    expect(decision.hot.get(ROOM)).toEqual({
      roomId: ROOM,
      fetchesPerSecond: 2_000,
      paceMs: 1_000,
      until: 6_000,
      by: 'counts',
    });
  });

  test('rooms are decided each by itself', () => {
    const fetches = new Map([
      [ROOM, 501],
      [OTHER, 500],
    ]);
    const { decision } = decide(NOTHING_HOT, { second: 0, counts: fetches, now: 1_270, overrides: [] }, THRESHOLDS);
    expect([...decision.hot.keys()]).toEqual([ROOM]);
  });

  test('with exit 0 a room cools once nobody fetches', () => {
    const [hot, cooling] = [new Map([[ROOM, 501]]), new Map<RoomId, number>()];
    let decision = NOTHING_HOT;
    for (const [second, fetches] of [hot, new Map([[ROOM, 1]]), cooling, cooling, cooling].entries()) {
      expect(decision.hot.size).toBe(second === 0 ? 0 : 1);
      ({ decision } = decide(decision, { second, counts: fetches, now: 0, overrides: [] }, { enter: 500, exit: 0 }));
    }
    expect(decision.hot.size).toBe(0);
  });
});

describe('noise', () => {
  const gap = THRESHOLDS.enter - THRESHOLDS.exit;
  /** A load that only rises, from well below to well above the thresholds, and then only falls. */
  const ramp = fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: 1_500 }), { maxLength: 60 }),
      fc.array(fc.integer({ min: 0, max: 1_500 }), { maxLength: 60 }),
    )
    .map(([up, down]) => [0, ...up.sort((a, b) => a - b), 1_500, 1_500, ...down.sort((a, b) => b - a), 0, 0, 0]);

  test('a room on a noisy ramp up and down turns hot once and cools once', () => {
    fc.assert(
      fc.property(ramp, fc.infiniteStream(fc.double({ min: -0.5, max: 0.5, noNaN: true })), (levels, noise) => {
        const loads = levels.map((level) =>
          Math.max(0, Math.round(level + (noise.next().value as number) * (gap - 2))),
        );
        const { changes } = decided(counts(...loads));
        expect(changes.map(({ state }) => state)).toEqual(['HOT', 'NORMAL']);
      }),
      { numRuns: 500 },
    );
  });

  test('lost reports make no difference, up to two seconds in a row', () => {
    const lost = fc.infiniteStream(fc.boolean());
    fc.assert(
      fc.property(ramp, lost, (levels, losses) => {
        let inARow = 0;
        const loads = levels.map((level) => {
          inARow = inARow < 2 && losses.next().value === true ? inARow + 1 : 0;
          return inARow > 0 ? 0 : level;
        });
        // The room has to be seen at the top.
        loads[levels.indexOf(1_500)] = 1_500;
        const { changes } = decided(counts(...loads, 0, 0, 0));
        expect(changes.map(({ state }) => state)).toEqual(['HOT', 'NORMAL']);
      }),
      { numRuns: 500 },
    );
  });

  test('between two changes of a room lie three seconds that justify the second one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 200 }), (loads) => {
        for (const { second, state } of decided(counts(...loads)).changes) {
          if (state === 'HOT') expect(loads[second]).toBeGreaterThan(THRESHOLDS.enter);
          else expect(Math.max(...loads.slice(second - 2, second + 1))).toBeLessThan(THRESHOLDS.exit);
        }
      }),
    );
  });
});

describe('overrides', () => {
  const until = 4_500;
  const hot: HeatOverride = { roomId: ROOM, state: 'HOT', until };
  const normal: HeatOverride = { roomId: ROOM, state: 'NORMAL', until };
  const under = (override: HeatOverride, ...fetches: number[]): Second[] =>
    fetches.map((each) => ({ fetches: each, overrides: [override] }));

  test('a room is hot until its override ends, with any counts', () => {
    const { states, changes } = decided(under(hot, 0, 0, 0, 0, 0));
    expect(states).toEqual([true, true, true, true, false]);
    expect(changes).toEqual([
      { second: 0, roomId: ROOM, state: 'HOT', fetchesPerSecond: 0, paceMs: 500, by: 'override' },
      { second: 4, roomId: ROOM, state: 'NORMAL', fetchesPerSecond: 0, paceMs: 0, by: 'override' },
    ]);
  });

  test('it shows when the override ends', () =>
    expect(decided(under(hot, 9)).decision.hot.get(ROOM)).toMatchObject({
      until,
      by: 'override',
      fetchesPerSecond: 9,
    }));

  test('a room is normal until its override ends, and then follows the counts', () => {
    const { states } = decided(under(normal, 900, 900, 900, 300, 300));
    expect(states).toEqual([false, false, false, false, true]);
  });

  test('an override that ends leaves a room that counts keep hot as it is, unseen', () => {
    const { changes } = decided([...counts(900), ...under(hot, 300, 300, 300, 300, 300)]);
    expect(changes).toHaveLength(1);
  });

  test('applying overrides alone keeps the state by counts', () => {
    const before = decided(counts(900, 100, 100)).decision;
    const { decision } = decide(before, { second: 2, counts: null, now: 3_500, overrides: [normal] }, THRESHOLDS);
    expect(decision).toMatchObject({ ruled: before.ruled, counts: before.counts, overrides: [normal] });
    expect(decision.hot.size).toBe(0);
  });

  test('changes lead from one decision to the next', () => {
    const input = fc.record({
      fetches: fc.option(fc.integer({ min: 0, max: 1_000 })),
      overrides: fc.oneof(fc.constant([]), fc.constant([hot]), fc.constant([normal])),
    });
    fc.assert(
      fc.property(fc.array(input, { maxLength: 60 }), (seconds) => {
        const { changes, states } = decided(seconds);
        const replayed = states.map(
          (_, second) => changes.filter((change) => change.second <= second).at(-1)?.state === 'HOT',
        );
        expect(replayed).toEqual(states);
        for (const [index, change] of changes.entries()) expect(change.state).toBe(index % 2 === 0 ? 'HOT' : 'NORMAL');
      }),
    );
  });
});

test('a decision holds for some seconds after its own second', () => {
  expect(holds(10, 11_300)).toBe(true);
  expect(holds(10, 15_900)).toBe(true);
  expect(holds(10, 16_000)).toBe(false);
});
