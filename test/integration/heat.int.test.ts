import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { RoomId } from '../../src/events/ids.js';
import { roomId } from '../../src/events/ids.js';
import type { HeatChange } from '../../src/hot-rooms/decide.js';
import { NOTHING_HOT } from '../../src/hot-rooms/decide.js';
import { redisHeatOverrides, redisHeatStore } from '../../src/hot-rooms/redis-heat-store.js';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { startRedis } from '../../src/embedded/redis.js';
import { quietLogger, until } from '../support/conditions.js';
import { Servers, states } from './heat-servers.js';

const deployment = (url = process.env.TEST_REDIS_URL!): Servers => new Servers(url, randomUUID());
const newRoom = (): RoomId => roomId(randomUUID());
const inMs = (ms: number): number => Date.now() + ms;
const hot = (room: RoomId, ms: number) => ({ roomId: room, state: 'HOT' as const, until: inMs(ms) });
const normal = (room: RoomId, ms: number) => ({ roomId: room, state: 'NORMAL' as const, until: inMs(ms) });

describe('all servers agree', () => {
  test('a room is hot by the sum of all counts, reported once; then it cools, once', async () => {
    await using servers = deployment();
    const [changes, lines]: [HeatChange[], Record<string, unknown>[]] = [[], []];
    await servers.monitor({
      logger: pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) }),
      observer: { leading: () => undefined, changed: (change) => changes.push(change) },
    });
    const [busy, other, quiet] = [await servers.api(), await servers.api(), await servers.api()];
    const all = [busy, other, quiet];
    const [room, warm] = [newRoom(), newRoom()];
    for (const api of [busy, other]) api.load(room, 150);
    busy.load(warm, 150);
    await until(() => all.every(({ heat }) => heat.of(room).state === 'HOT'), 'the room to be hot everywhere', 5_000);
    await until(
      () => all.every(({ heat }) => heat.of(room).fetchesPerSecond > 285 && heat.of(room).fetchesPerSecond < 315),
      'everyone to know its load',
      5_000,
    );
    await until(() => all.every(({ heat }) => heat.of(room).paceMs === 600), 'everyone to know its pace', 5_000);
    const [now] = quiet.heat.all();
    expect(now).toMatchObject({ roomId: room, state: 'HOT', paceMs: 600 });
    expect(now!.until!.getTime() - Date.now()).toBeGreaterThan(500);
    expect(now!.until!.getTime() - Date.now()).toBeLessThan(3_500);
    expect(quiet.heat.of(warm)).toMatchObject({ state: 'NORMAL', paceMs: 0, until: null });
    expect(quiet.heat.of(warm).fetchesPerSecond).toBeGreaterThan(130);

    for (const api of [busy, other]) api.load(room, 0);
    const stopped = performance.now();
    await until(() => states(all, room).every((state) => state === 'NORMAL'), 'the room to cool everywhere', 8_000);
    expect(performance.now() - stopped).toBeGreaterThan(2_500);
    for (const { told } of all) expect(told).toEqual([`${room} HOT`, `${room} NORMAL`]);
    expect(changes).toMatchObject([
      { roomId: room, state: 'HOT', by: 'counts' },
      { roomId: room, state: 'NORMAL', by: 'counts' },
    ]);
    expect(lines.filter((line) => line.roomId !== undefined)).toMatchObject([
      { msg: 'room turned hot', fetchesPerSecond: expect.any(Number), paceMs: 500, by: 'counts' },
      { msg: 'room cooled', fetchesPerSecond: expect.any(Number), paceMs: 0, by: 'counts' },
    ]);
  });

  test('a load between the thresholds keeps a hot room hot and a normal one normal', async () => {
    await using servers = deployment();
    await servers.monitor();
    const [a, b] = [await servers.api(), await servers.api()];
    const [was, never] = [newRoom(), newRoom()];
    a.load(was, 300);
    await until(() => b.heat.of(was).state === 'HOT', 'the room to be hot', 5_000);
    a.load(was, 75);
    b.load(was, 75);
    a.load(never, 150);
    await until(() => b.heat.of(was).fetchesPerSecond < 170, 'the load to be less', 5_000);
    const looks: string[] = [];
    const until5 = performance.now() + 5_000;
    await until(() => {
      looks.push(states([a, b], was).join(), states([a, b], never).join());
      return performance.now() > until5;
    }, 'five seconds');
    expect(new Set(looks)).toEqual(new Set(['HOT,HOT', 'NORMAL,NORMAL']));
    expect([a.told, b.told]).toEqual([[`${was} HOT`], [`${was} HOT`]]);
  });

  test('of a room with few fetches a server knows its own', async () => {
    await using servers = deployment();
    await servers.monitor();
    const [a, b] = [await servers.api(), await servers.api()];
    const room = newRoom();
    a.load(room, 4);
    await until(() => a.heat.of(room).fetchesPerSecond >= 3, 'its own count');
    expect(b.heat.of(room)).toEqual({ roomId: room, state: 'NORMAL', fetchesPerSecond: 0, paceMs: 0, until: null });
  });

  test('a server without the publications knows within a second', async () => {
    await using servers = deployment();
    await servers.monitor();
    const [hears, other, unsubscribed] = [await servers.api(), await servers.api(), await servers.api(false)];
    const room = newRoom();
    // Each of them less than makes it hot, so that neither knows before the decision.
    for (const api of [hears, other]) api.load(room, 150);
    await until(() => hears.heat.of(room).state === 'HOT', 'the room to be hot', 5_000);
    await until(() => unsubscribed.heat.of(room).state === 'HOT', 'the unsubscribed one to know', 1_100);
    expect(unsubscribed.told).toEqual([`${room} HOT`]);
  });

  test("a room that is hot by one server's count is hot there at once, then everywhere", async () => {
    await using servers = deployment();
    await servers.monitor();
    const [busy, quiet] = [await servers.api(), await servers.api()];
    const [first, room] = [newRoom(), newRoom()];
    quiet.load(first, 400);
    await until(() => busy.heat.of(first).state === 'HOT', 'the servers to agree', 5_000);
    for (let fetches = 0; fetches < 200; fetches++) busy.heat.fetched(room);
    expect(busy.heat.of(room).state).toBe('NORMAL');
    busy.heat.fetched(room);
    expect(busy.heat.of(room)).toMatchObject({
      state: 'HOT',
      fetchesPerSecond: 201,
      paceMs: 500,
      until: expect.any(Date),
    });
    expect(
      busy.heat
        .all()
        .map(({ roomId: id }) => id)
        .sort(),
    ).toEqual([first, room].sort());
    expect(quiet.heat.of(room).state).toBe('NORMAL');
    const looks = new Set<string>();
    await until(
      () => {
        looks.add(busy.heat.of(room).state);
        return quiet.heat.of(room).state === 'HOT';
      },
      'it to be decided',
      3_000,
    );
    await until(
      () => states([busy, quiet], room).every((state) => state === 'NORMAL'),
      'the room to cool everywhere',
      8_000,
    );
    expect([...looks]).toEqual(['HOT']);
    expect([
      busy.told.filter((told) => told.startsWith(room)),
      quiet.told.filter((told) => told.startsWith(room)),
    ]).toEqual([
      [`${room} HOT`, `${room} NORMAL`],
      [`${room} HOT`, `${room} NORMAL`],
    ]);
  });

  test('a later server knows the hot rooms; without a leader each decides for itself', async () => {
    await using servers = deployment();
    const [alone, room] = [await servers.api(), newRoom()];
    alone.load(room, 400);
    await until(() => alone.heat.of(room).state === 'HOT', 'it to decide for itself', 5_000);
    const later = await servers.api();
    expect(later.heat.of(room).state).toBe('NORMAL');
    await servers.monitor();
    await until(() => later.heat.of(room).state === 'HOT', 'the later one to hear of it', 5_000);
    expect([alone.told, later.told]).toEqual([[`${room} HOT`], [`${room} HOT`]]);
  });
});

describe('an override', () => {
  test('holds within a second on every server until it ends, with any counts', async () => {
    await using servers = deployment();
    await servers.monitor();
    const all = [await servers.api(), await servers.api(false)];
    const overrides = redisHeatOverrides(await servers.redis(), servers.logId);
    const [heated, cooled] = [newRoom(), newRoom()];
    all[0]!.load(cooled, 400);
    await until(() => states(all, cooled).every((state) => state === 'HOT'), 'a room to be hot by its counts', 6_000);

    const heating = hot(heated, 4_000);
    await overrides.set(heating);
    await overrides.set(normal(cooled, 60_000));
    await until(() => states(all, heated).every((state) => state === 'HOT'), 'a room to be heated', 1_100);
    await until(() => states(all, cooled).every((state) => state === 'NORMAL'), 'a room to be cooled', 1_100);
    expect(all[0]!.heat.of(heated)).toEqual({
      roomId: heated,
      state: 'HOT',
      fetchesPerSecond: 0,
      paceMs: 500,
      until: new Date(heating.until),
    });
    expect((await overrides.list()).map(({ roomId }) => roomId).sort()).toEqual([heated, cooled].sort());

    await until(() => states(all, heated).every((state) => state === 'NORMAL'), 'the override to end', 6_000);
    expect(Date.now()).toBeGreaterThanOrEqual(heating.until);
    expect(states(all, cooled)).toEqual(['NORMAL', 'NORMAL']);
    expect(await overrides.clear(cooled)).toBe(true);
    expect(await overrides.clear(cooled)).toBe(false);
    await until(() => states(all, cooled).every((state) => state === 'HOT'), 'the counts to decide again', 1_100);
    expect(all[0]!.told).toEqual([
      `${cooled} HOT`,
      expect.any(String),
      expect.any(String),
      `${heated} NORMAL`,
      `${cooled} HOT`,
    ]);
    expect(all[1]!.told).toHaveLength(5);
  });
});

describe('the leader', () => {
  test('a killed leader has a successor within three seconds, without an effect', async () => {
    await using servers = deployment();
    const child = await servers.leadingChild();
    const successor = await servers.monitor();
    const api = await servers.api();
    const room = newRoom();
    api.load(room, 400);
    await until(() => api.heat.of(room).state === 'HOT', 'the room to be hot', 6_000);
    expect(successor.leads()).toBe(false);
    child.signal('SIGKILL');
    const killed = performance.now();
    await until(() => successor.leads(), 'a successor', 3_000);
    api.load(room, 0);
    await until(() => api.heat.of(room).state === 'NORMAL', 'the successor to decide', 8_000);
    expect(performance.now() - killed).toBeGreaterThan(2_900);
    expect(api.told).toEqual([`${room} HOT`, `${room} NORMAL`]);
  });

  test('a frozen leader has a successor within three seconds, and follows it', async () => {
    await using servers = deployment();
    const child = await servers.leadingChild();
    const successor = await servers.monitor();
    const api = await servers.api();
    const [before, after] = [newRoom(), newRoom()];
    api.load(before, 400);
    await until(() => api.heat.of(before).state === 'HOT', 'a room to be hot', 6_000);
    child.signal('SIGSTOP');
    await until(() => successor.leads(), 'a successor', 3_000);
    api.load(before, 0);
    api.load(after, 400);
    await until(
      () => api.heat.of(after).state === 'HOT' && api.heat.of(before).state === 'NORMAL',
      'the successor to decide',
      8_000,
    );
    child.signal('SIGCONT');
    await until(() => !child.leads(), 'the frozen one to learn of it');
    expect(successor.leads()).toBe(true);
    expect(api.told).toEqual([`${before} HOT`, expect.any(String), expect.any(String)]);
    expect(api.heat.all().map(({ roomId }) => roomId)).toEqual([after]);
  });

  test('Redis takes nothing from one who led before', async () => {
    await using servers = deployment();
    const [first, second] = [await servers.redis(), await servers.redis()].map((redis) =>
      redisHeatStore({ redis, logId: servers.logId, subscriber: null }),
    );
    const room = newRoom();
    const { token: old } = await first!.lead(0, 50);
    expect(await first!.publish(old, 1, NOTHING_HOT)).toBe(true);
    let token = 0;
    await until(async () => ({ token } = await second!.lead(0, 10_000)).token !== 0, 'the lease to run out');
    expect(token).toBeGreaterThan(old);
    expect(await second!.publish(token, 2, NOTHING_HOT)).toBe(true);
    expect(await first!.publish(old, 3, { ...NOTHING_HOT, overrides: [hot(room, 9_000)] })).toBe(false);
    await first!.restoreOverrides(old, [hot(room, 9_000)]);
    await first!.resign(old);
    expect(await first!.lead(old, 10_000)).toMatchObject({ token: 0, shared: { token, second: 2 } });
    expect(await second!.lead(token, 10_000)).toMatchObject({
      token,
      overrides: [],
      shared: { token, second: 2, decision: NOTHING_HOT },
    });
  });

  test('a later leader has a higher token also where Redis was emptied in between', async () => {
    await using servers = deployment();
    const redis = await servers.redis();
    const store = redisHeatStore({ redis, logId: servers.logId, subscriber: null });
    const { token } = await store.lead(0, 10_000);
    await redis.ask(async (client) => client.del(await client.keys(`madang:${servers.logId}:*`)));
    const again = await store.lead(token, 10_000);
    expect(again.token).toBeGreaterThan(token);
    expect(await store.publish(token, 1, NOTHING_HOT)).toBe(false);
  });

  test('a later leader has a higher token also where the clock of Redis was set back', async () => {
    await using servers = deployment();
    const redis = await servers.redis();
    const store = redisHeatStore({ redis, logId: servers.logId, subscriber: null });
    const { token: before } = await store.lead(0, 10_000);
    expect(await store.publish(before, 1, NOTHING_HOT)).toBe(true);
    await store.resign(before);
    // The state of a leader from an hour later.
    const future = before + 3_600_000_000;
    await redis.ask(async (client) => {
      const keys = await client.keys(`madang:${servers.logId}:*`);
      const hashes = await Promise.all(
        keys.map(async (key) => ((await client.type(key)) === 'hash' ? client.hset(key, 'token', future) : null)),
      );
      expect(hashes.filter((set) => set !== null)).toEqual([0]);
      return hashes;
    });
    const { token } = await store.lead(0, 10_000);
    expect(token).toBe(future + 1);
    expect(await store.publish(token, 2, NOTHING_HOT)).toBe(true);
  });

  test('the present decision is stored whole again where Redis lost it', async () => {
    await using servers = deployment();
    const redis = await servers.redis();
    const [leader, other] = [0, 1].map(() => redisHeatStore({ redis, logId: servers.logId, subscriber: null }));
    const decision = { ...NOTHING_HOT, overrides: [hot(newRoom(), 9_000)] };
    const { token } = await leader!.lead(0, 10_000);
    expect(await leader!.publish(token, 1, decision)).toBe(true);
    expect(await leader!.publish(token, 2, decision)).toBe(true);
    await redis.ask(async (client) => {
      const keys = await client.keys(`madang:${servers.logId}:*`);
      const types = await Promise.all(keys.map((key) => client.type(key)));
      return client.del(keys.filter((_, index) => types[index] === 'hash'));
    });
    expect(await leader!.publish(token, 3, decision)).toBe(true);
    expect((await other!.lead(0, 10_000)).shared).toMatchObject({ token, second: 3, decision });
  });

  test('a leader that stops lets another lead at once', async () => {
    await using servers = deployment();
    const first = await servers.monitor();
    await until(() => first.leads(), 'the first to lead');
    const second = await servers.monitor();
    await first.stop();
    await until(() => second.leads(), 'the second to lead', 700);
  });

  test('seconds without a decision are decided by the successor', async () => {
    await using servers = deployment();
    const store = redisHeatStore({ redis: await servers.redis(), logId: servers.logId, subscriber: null });
    const view = () => store.report(0, [], false);
    const first = await servers.monitor();
    const api = await servers.api();
    const [room, turning] = [newRoom(), newRoom()];
    api.load(room, 400);
    // The server knows before the decision; a leader that has decided nothing leaves nothing to its successor.
    await until(async () => (await view()).shared?.decision.hot.has(room), 'the room to be decided hot', 6_000);
    await first.stop();
    const { token: gap } = await store.lead(0, 60_000);
    expect(gap).toBeGreaterThan(0);
    api.load(room, 0);
    // The present second may have fetches of the room. The three before it have none, and in one of them another room
    // has many.
    const last = Math.floor((await view()).nowMs / 1_000) + 3;
    await store.report(last - 1, [[turning, 300]], false);
    await until(
      async () => (await store.counted([last], 1, []))[0] !== null,
      'three seconds without a decision',
      15_000,
    );
    expect([...(await view()).shared!.decision.hot.keys()]).toEqual([room]);
    const changes: string[] = [];
    await store.resign(gap);
    await servers.monitor({
      observer: {
        leading: () => undefined,
        changed: ({ roomId: changed, state }) => changes.push(`${changed} ${state}`),
      },
    });
    await until(() => changes.length >= 2, 'the successor to decide');
    expect(changes.slice(0, 2)).toEqual([`${turning} HOT`, `${room} NORMAL`]);
    await until(() => api.heat.of(room).state === 'NORMAL', 'the server to hear of it');
  });
});

describe('Redis', () => {
  let dataDir: string;
  let server: ManagedServer;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'madang-heat-'));
    server = await startRedis({ dataDir, log: quietLogger });
  });

  afterEach(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('away, each server uses its own counts; back and empty, all agree in 3 s', async () => {
    await using servers = deployment(server.url);
    const monitor = await servers.monitor();
    const [busy, quiet] = [await servers.api(), await servers.api()];
    const overrides = redisHeatOverrides(await servers.redis(), servers.logId);
    const [room, cooling, forced, turning] = [newRoom(), newRoom(), newRoom(), newRoom()];
    busy.load(room, 300);
    busy.load(cooling, 300);
    await overrides.set(hot(forced, 60_000));
    await until(() => quiet.heat.all().length === 3, 'three rooms to be hot', 6_000);

    process.kill(server.pid, 'SIGKILL');
    busy.load(cooling, 0);
    busy.load(turning, 300);
    await until(() => busy.heat.of(turning).state === 'HOT', 'a room to turn hot without Redis', 4_000);
    await until(() => busy.heat.of(cooling).state === 'NORMAL', 'a room to cool without Redis', 8_000);
    await until(() => quiet.heat.of(room).state === 'NORMAL', 'one that sees no fetch to cool it', 8_000);
    await until(() => !monitor.leads(), 'the leader to know that it does not lead', 5_000);
    expect(busy.told.filter((told) => told.startsWith(room))).toEqual([`${room} HOT`]);
    expect(states([busy, quiet], forced)).toEqual(['HOT', 'HOT']);

    await server.stop();
    server = await startRedis({ dataDir, log: quietLogger });
    const agree = (): boolean =>
      [room, turning, forced].every((each) => states([busy, quiet], each).every((state) => state === 'HOT'));
    await until(agree, 'all servers to agree', 3_000);
    await until(async () => (await overrides.list().catch(() => [])).length === 1, 'the override to be back', 3_000);
    expect(busy.told.filter((told) => told.startsWith(room))).toEqual([`${room} HOT`]);
    expect(busy.told.filter((told) => told.startsWith(cooling))).toEqual([`${cooling} HOT`, `${cooling} NORMAL`]);
    expect(quiet.told.filter((told) => told.startsWith(room))).toEqual([
      `${room} HOT`,
      `${room} NORMAL`,
      `${room} HOT`,
    ]);
  });

  test('emptied, changes nothing: the leader writes its decision again', async () => {
    await using servers = deployment(server.url);
    await servers.monitor();
    await servers.monitor();
    const [a, b] = [await servers.api(), await servers.api(false)];
    const overrides = redisHeatOverrides(await servers.redis(), servers.logId);
    const [room, forced] = [newRoom(), newRoom()];
    a.load(room, 150);
    b.load(room, 150);
    await overrides.set(hot(forced, 60_000));
    await until(() => [a, b].every(({ heat }) => heat.all().length === 2), 'two rooms to be hot', 6_000);
    const store = redisHeatStore({ redis: a.redis, logId: servers.logId, subscriber: null });
    const stateOf = async () => (await store.report(0, [], false)).shared;
    const before = (await stateOf())!;
    await a.redis.ask((client) => client.flushall());
    let after: Awaited<ReturnType<typeof stateOf>> = null;
    await until(
      async () => (after = await stateOf()) !== null && after.second > before.second + 3,
      'three seconds more to be decided',
      8_000,
    );
    expect([...after!.decision.hot.keys()].sort()).toEqual([room, forced].sort());
    expect((await overrides.list()).map(({ roomId }) => roomId)).toEqual([forced]);
    for (const { told } of [a, b]) expect(told.filter((each) => each.endsWith('NORMAL'))).toEqual([]);
    for (const { told } of [a, b]) expect(told).toHaveLength(2);
  });

  test('hanging, delays nothing', async () => {
    await using servers = deployment(server.url);
    await servers.monitor();
    const [api, room] = [await servers.api(), newRoom()];
    api.load(room, 300);
    await until(() => api.heat.of(room).state === 'HOT', 'the room to be hot', 6_000);
    process.kill(server.pid, 'SIGSTOP');
    try {
      api.load(room, 0);
      await until(() => api.heat.of(room).state === 'NORMAL', 'the room to cool without Redis', 8_000);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    api.load(room, 300);
    await until(() => api.heat.of(room).state === 'HOT', 'the room to be hot again', 6_000);
    expect(api.told).toEqual([`${room} HOT`, `${room} NORMAL`, `${room} HOT`]);
  });
});
