import fc from 'fast-check';
import { nextPace, paceFor } from './pace.js';

const ENTER = 500;
const load = fc.integer({ min: 0, max: 1_000_000 });

test('a pace lies between half a second and ten, in steps of a tenth', () => {
  fc.assert(
    fc.property(load, fc.integer({ min: 1, max: 100_000 }), (fetches, enter) => {
      const pace = paceFor(fetches, enter);
      expect(pace).toBeGreaterThanOrEqual(500);
      expect(pace).toBeLessThanOrEqual(10_000);
      expect(pace % 100).toBe(0);
    }),
  );
});

test('more load never means a shorter pace', () => {
  fc.assert(
    fc.property(load, load, (a, b) =>
      expect(paceFor(Math.max(a, b), ENTER)).toBeGreaterThanOrEqual(paceFor(Math.min(a, b), ENTER)),
    ),
  );
});

test.each([
  [0, 500],
  [500, 500],
  [2_000, 1_000],
  [8_000, 2_000],
  [50_000, 5_000],
  [200_000, 10_000],
  [1_000_000, 10_000],
])('%i fetches a second are paced at %i ms', (fetches, pace) => expect(paceFor(fetches, ENTER)).toBe(pace));

test('a pace approaches its goal in steps that clients can follow', () => {
  const paces = [paceFor(50_000, ENTER)];
  const way: number[] = [];
  for (let pace: number | null = null; pace !== paces[0];) way.push((pace = nextPace(pace, paces[0]!)));
  expect(way).toEqual([500, 800, 1_200, 1_800, 2_700, 4_100, 5_000]);
  const back: number[] = [];
  for (let pace = 2_000; pace > 500;) back.push((pace = nextPace(pace, 500)));
  expect(back).toEqual([1_600, 1_300, 1_000, 800, 600, 500]);
});

/** A room whose members fetch as soon as the pace allows, each by the pace in its last answer. */
function followers(members: number, pace: (fetches: number, before: number | null) => number): number[] {
  const next = Array.from({ length: members }, (_, index) => (index / members) * 200);
  const paces: (number | null)[] = [null, null];
  const loads: number[] = [];
  for (let second = 0; second < 60; second++) {
    let fetches = 0;
    for (let member = 0; member < members; member++) {
      while (next[member]! < (second + 1) * 1_000) {
        fetches++;
        // The decision about the second before arrives 300 ms into this one.
        next[member]! += Math.max(200, paces[next[member]! % 1_000 < 300 ? 0 : 1] ?? 0);
      }
    }
    loads.push(fetches);
    paces.shift();
    paces.push(pace(fetches, paces[0]!));
  }
  return loads;
}

/** Whether its room would cool: three seconds in a row below half of enter. */
const cools = (loads: readonly number[]): boolean =>
  loads.some((_, at) => at >= 2 && loads.slice(at - 2, at + 1).every((fetches) => fetches < ENTER / 2));

test.each([300, 2_000, 5_000, 20_000])('%i members who all follow the pace do not cool their room by it', (members) => {
  const loads = followers(members, (fetches, before) => nextPace(before, paceFor(fetches, ENTER)));
  expect(cools(loads)).toBe(false);
  expect(Math.max(...loads.slice(30))).toBeLessThan((members * 5) / 2);
});

test('a pace in proportion to the load, without steps, would', () => {
  const inProportion = (fetches: number): number => Math.min(10_000, Math.max(500, (500 * fetches) / ENTER));
  expect(cools(followers(5_000, inProportion))).toBe(true);
});
