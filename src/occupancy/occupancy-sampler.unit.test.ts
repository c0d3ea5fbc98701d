import { pino } from 'pino';
import { roomId } from '../events/ids.js';
import type { RoomId } from '../events/ids.js';
import type { OccupancyStore, Share } from './occupancy.js';
import { MAX_ROOMS, createOccupancySampler } from './occupancy-sampler.js';

interface FakeTimers {
  useFakeTimers(): unknown;
  useRealTimers(): unknown;
  advanceTimersByTimeAsync(ms: number): Promise<void>;
}
const { jest } = import.meta as unknown as { readonly jest: FakeTimers };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const [chat, news] = [roomId('chat'), roomId('news')];
const EVERY_MS = 2_000;

/** A store that several processes share. */
function openStore() {
  const asked = new Map<RoomId, { since: number; until: number }>();
  const shares = new Map<RoomId, Map<string, { count: number; until: number }>>();
  const calls = { ask: 0, report: 0 };
  const reports: ReadonlyMap<RoomId, Share>[] = [];
  let away = false;
  const dead = new Set<string>();
  const of = (process: string): OccupancyStore => ({
    ask(rooms) {
      calls.ask++;
      if (away || dead.has(process)) return Promise.reject(new Error('away'));
      const now = performance.now();
      for (const [room, { until }] of asked) if (until <= now) asked.delete(room);
      for (const room of rooms) asked.set(room, { since: asked.get(room)?.since ?? now, until: now + 6_000 });
      return Promise.resolve(new Map(Array.from(asked, ([room, { since }]) => [room, now - since])));
    },
    report(given) {
      calls.report++;
      reports.push(given);
      const now = performance.now();
      return Promise.resolve(
        new Map(
          Array.from(given, ([room, { count, keepMs }]) => {
            const all = shares.get(room) ?? new Map<string, { count: number; until: number }>();
            shares.set(room, all.set(process, { count, until: now + keepMs }));
            return [room, [...all.values()].reduce((sum, share) => sum + (share.until > now ? share.count : 0), 0)];
          }),
        ),
      );
    },
  });
  return {
    of,
    calls,
    reports,
    die: (process: string) => void dead.add(process),
    setAway: (is: boolean) => void (away = is),
  };
}

function openProcess(store: ReturnType<typeof openStore>, name = 'a') {
  const present = new Map<RoomId, number>();
  const announced: [RoomId, number][] = [];
  const sampled: string[] = [];
  const occupancy = createOccupancySampler({
    store: store.of(name),
    present: (room) => present.get(room) ?? 0,
    isIdle: () => present.size === 0,
    announce: (room, connected) => announced.push([room, connected]),
    observer: { asked: () => undefined, sampled: (outcome) => sampled.push(outcome) },
    logger: pino({ level: 'silent' }),
  });
  return { occupancy, present, announced, sampled };
}
const samples = (count: number): Promise<void> => jest.advanceTimersByTimeAsync(count * EVERY_MS);

test('the shares of all processes are summed, once each of them had the time to report', async () => {
  const store = openStore();
  const [a, b] = [openProcess(store), openProcess(store, 'b')];
  a.present.set(chat, 3);
  b.present.set(chat, 4);
  expect(a.occupancy.of(chat)).toBeNull();
  await samples(1);
  expect(a.occupancy.of(chat)).toBeNull();
  await samples(2);
  expect(a.occupancy.of(chat)).toBe(7);
  b.present.set(chat, 5);
  await samples(2);
  expect(a.occupancy.of(chat)).toBe(8);
});

test('watchers are sent the present number once, and then its changes', async () => {
  const a = openProcess(openStore());
  a.present.set(chat, 2);
  const end = a.occupancy.watch(chat);
  await samples(6);
  expect(a.announced).toEqual([[chat, 2]]);
  a.present.set(chat, 3);
  await samples(2);
  const endLater = a.occupancy.watch(chat);
  await samples(2);
  expect(a.announced).toEqual([
    [chat, 2],
    [chat, 3],
    [chat, 3],
  ]);
  end();
  end();
  endLater();
  a.present.set(chat, 4);
  await samples(20);
  expect(a.announced).toHaveLength(3);
});

test('rooms that nobody asks about are not reported, and an idle process asks nothing', async () => {
  const store = openStore();
  const a = openProcess(store);
  await samples(5);
  expect(store.calls).toEqual({ ask: 0, report: 0 });
  a.present.set(chat, 3).set(news, 1);
  await samples(5);
  expect(store.calls).toEqual({ ask: 5, report: 0 });
  a.occupancy.of(news);
  await samples(3);
  expect(store.reports.flatMap((shares) => [...shares.keys()]).every((room) => room === news)).toBe(true);
});

test('a room is sampled for a while after the last query', async () => {
  const store = openStore();
  const a = openProcess(store);
  a.present.set(chat, 1);
  a.occupancy.of(chat);
  await samples(14);
  const before = store.calls.report;
  expect(before).toBeGreaterThan(10);
  await samples(10);
  const after = store.calls.report;
  await samples(10);
  expect(store.calls.report).toBe(after);
});

test('a large room is sampled every ten seconds', async () => {
  const store = openStore();
  const a = openProcess(store);
  a.present.set(chat, 10_001);
  const end = a.occupancy.watch(chat);
  await samples(2);
  const before = store.calls.report;
  await samples(20);
  expect(store.calls.report - before).toBe(4);
  expect(store.reports.at(-1)!.get(chat)!.keepMs).toBe(30_000);
  end();
});

test('without the store the number is not known, and known again afterwards', async () => {
  const store = openStore();
  const a = openProcess(store);
  a.present.set(chat, 2);
  const end = a.occupancy.watch(chat);
  await samples(3);
  expect(a.occupancy.of(chat)).toBe(2);
  store.setAway(true);
  await samples(2);
  expect([a.occupancy.of(chat), a.sampled.at(-1)]).toEqual([null, 'failed']);
  store.setAway(false);
  await samples(3);
  expect([a.occupancy.of(chat), a.sampled.at(-1)]).toEqual([2, 'done']);
  end();
});

test('a process that stops takes its share along at once, one that dies after a time', async () => {
  const store = openStore();
  const [a, b, c] = [openProcess(store), openProcess(store, 'b'), openProcess(store, 'c')];
  for (const each of [a, b, c]) each.present.set(chat, 1);
  const end = a.occupancy.watch(chat);
  await samples(4);
  expect(a.occupancy.of(chat)).toBe(3);
  await b.occupancy.stop();
  await samples(1);
  expect(a.occupancy.of(chat)).toBe(2);
  store.die('c');
  await samples(1);
  expect(a.occupancy.of(chat)).toBe(2);
  await samples(3);
  expect(a.occupancy.of(chat)).toBe(1);
  end();
});

test('the share of the last user who leaves a process is taken back', async () => {
  const store = openStore();
  const [a, b] = [openProcess(store), openProcess(store, 'b')];
  for (const each of [a, b]) each.present.set(chat, 1);
  const end = a.occupancy.watch(chat);
  await samples(3);
  expect(a.occupancy.of(chat)).toBe(2);
  b.present.clear();
  await samples(2);
  expect(a.occupancy.of(chat)).toBe(1);
  end();
});

test('the rooms of a process are bounded: of the others the number is not known', async () => {
  const a = openProcess(openStore());
  for (let n = 0; n < MAX_ROOMS; n++) a.occupancy.of(roomId(`room-${n}`));
  a.present.set(chat, 2);
  const end = a.occupancy.watch(chat);
  await samples(4);
  expect([a.occupancy.of(chat), a.announced]).toEqual([null, []]);
  end();
});
