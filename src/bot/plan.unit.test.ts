import { planOf, threadOf } from './plan.js';
import type { Plan } from './plan.js';
import { parseScenario } from './scenario-file.js';

const BASE = { about: 'a test', users: 10, arriveSeconds: 2, seconds: 10, rooms: { members: 4 } };
const planFor = (more: object): Plan => planOf(parseScenario(JSON.stringify({ ...BASE, ...more }), 's.json'));

/** The means of the differences between neighbours. */
const meanPause = (times: readonly number[]): number => (times.at(-1)! - times[0]!) / (times.length - 1);

test('users are divided into rooms; the hot room is one more, and the first', () => {
  const { rooms, roomsOf } = planFor({ hotRoom: { members: 3 } });
  expect(rooms).toEqual([
    [0, 1, 2],
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ]);
  expect(roomsOf[2]).toEqual([0, 1]);
  expect(roomsOf[9]).toEqual([3]);
});

test('users arrive evenly', () => {
  const { arrivals } = planFor({});
  expect(arrivals.map(({ user, atMs }) => [user, atMs])).toEqual(Array.from({ length: 10 }, (_, i) => [i, i * 200]));
});

test('a rate over all: rooms take turns, and so do the members of each', () => {
  const { messages } = planFor({ messages: { perSecond: 2 } });
  expect(messages).toHaveLength(20);
  expect(messages.slice(0, 4)).toEqual([
    { atMs: 0, room: 0, user: 0 },
    { atMs: 500, room: 1, user: 4 },
    { atMs: 1_000, room: 2, user: 8 },
    { atMs: 1_500, room: 0, user: 1 },
  ]);
});

test.each([
  ['perRoom', { perRoom: 8 }, [8, 8, 8]],
  ['perMember', { perMember: 2 }, [8, 8, 4]],
])('%s: every member of a room writes as often as the others', (_, messages, perRoom) => {
  const plan = planFor({ messages });
  for (const [room, count] of perRoom.entries()) {
    const own = plan.messages.filter((each) => each.room === room);
    expect(own).toHaveLength(count);
    expect(meanPause(own.map(({ atMs }) => atMs))).toBeCloseTo(10_000 / count, 5);
    const writers = plan.rooms[room]!.map((user) => own.filter((each) => each.user === user).length);
    expect(new Set(writers).size).toBe(1);
  }
});

test('think times are random, have their mean, and repeat with the seed', () => {
  const scenario = { users: 100, seconds: 100, messages: { thinkSeconds: 5 } };
  const { messages } = planFor(scenario);
  // 2,000 are expected; the standard deviation is 45.
  expect(messages.length).toBeGreaterThan(1_800);
  expect(messages.length).toBeLessThan(2_200);
  expect(messages.every(({ atMs }) => atMs > 0 && atMs < 100_000)).toBe(true);
  expect(messages).toEqual(messages.toSorted((a, b) => a.atMs - b.atMs));
  expect(planFor(scenario)).toEqual(planFor(scenario));
  expect(planFor({ ...scenario, seed: 2 }).messages).not.toEqual(messages);
});

test('cuts: each at its own time or all together, and all are back before the end', () => {
  const reconnects = { everySeconds: 3, awaySeconds: 1 };
  const apart = planFor({ reconnects }).cuts;
  for (let user = 0; user < 10; user++) {
    const own = apart.filter((each) => each.user === user).map(({ atMs }) => atMs);
    expect(own.length).toBeGreaterThanOrEqual(2);
    expect(meanPause(own)).toBeCloseTo(3_000, 5);
    expect(own.at(-1)).toBeLessThanOrEqual(9_000);
  }
  expect(new Set(apart.map(({ atMs }) => atMs)).size).toBe(apart.length);
  const together = planFor({ reconnects: { ...reconnects, together: true } }).cuts;
  expect([...new Set(together.map(({ atMs }) => atMs))]).toEqual([3_000, 6_000, 9_000]);
  expect(planFor({ reconnects: { ...reconnects, share: 0 } }).cuts).toEqual([]);
});

test('a drop and a flood stand where they should, by the users whom they concern', () => {
  const { presses, fetches } = planFor({
    hotRoom: { members: 4 },
    drop: { atSeconds: 5, users: 5, overSeconds: 1, stock: 2 },
    flood: { atSeconds: 2, seconds: 4, perSecond: 10 },
  });
  expect(presses.map(({ atMs }) => atMs)).toEqual([5_000, 5_200, 5_400, 5_600, 5_800]);
  expect(fetches).toHaveLength(40);
  expect([fetches[0]!.atMs, fetches.at(-1)!.atMs]).toEqual([2_000, 5_900]);
  expect([0, 1, 2, 3].map((user) => fetches.filter((each) => each.user === user).length)).toEqual([10, 10, 10, 10]);
});

test('the members of a quiet room share a thread, and threads share the rooms', () => {
  const threads = Array.from({ length: 10 }, (_, user) => threadOf(user, { rooms: { members: 4 } }, 2));
  expect(threads).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0]);
});
