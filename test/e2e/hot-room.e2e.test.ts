import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { engines, openDeployment } from '../support/deployment.js';
import type { HeatChange, HotRoom } from '../support/hot-room.js';
import {
  Flood,
  NEWEST,
  PERSONAL,
  THRESHOLDS,
  onServer,
  openRoom,
  openSocket,
  overHttp,
  stateOf,
} from '../support/hot-room.js';
import type { MadangProcess } from '../support/madang.js';

// Two processes that serve the API: a room turns hot by the counts of both, and both announce it.

describe.each(engines)('on %s', (engine) => {
  let deployment: Deployment;
  let processes: readonly MadangProcess[];
  let urls: readonly string[];
  beforeAll(async () => {
    deployment = await openDeployment(engine);
    processes = [await deployment.start(THRESHOLDS), await deployment.start({ ...THRESHOLDS, MADANG_ROLES: 'api' })];
    urls = processes.map(({ url }) => url);
  }, 120_000);
  afterAll(async () => {
    await Promise.all((processes ?? []).map((each) => each.stop()));
    await deployment?.[Symbol.asyncDispose]();
  });

  /** The heat changes that a subscriber of each process gets, while every member fetches. */
  async function watched(
    { roomId, position, members }: HotRoom,
    rate: (ms: number) => number,
    over: (told: readonly (readonly HeatChange[])[], flood: Flood) => Promise<void>,
  ) {
    await using first = openSocket(members[0]!);
    await using second = openSocket(onServer(members[0]!, urls[1]!));
    const told = [await first.heatChanges(roomId, position), await second.heatChanges(roomId, position)];
    const queries = [NEWEST, PERSONAL, NEWEST];
    await using flood = new Flood(
      members.map((user, n) => () => overHttp(user)(queries[n % 3]!, { id: roomId })),
      rate,
    );
    await over(told, flood);
    await flood.stop();
    expect(flood.faults()).toEqual([]);
  }
  const states = (told: readonly (readonly HeatChange[])[]) =>
    told.map((changes) => changes.map(({ heat }) => heat.state));

  test('a flood makes a room hot everywhere within 2.5 seconds, and its end cools it', async () => {
    const room = await openRoom(urls, 12, 3);
    const ends = 6_000;
    await watched(
      room,
      (ms) => (ms < ends ? 120 : 0),
      async (told, flood) => {
        await until(
          () => told.every((changes) => changes.length > 0),
          'a subscriber of each process to be told',
          5_000,
        );
        // Counted from the answer at which it should be hot: on a busy machine the flood itself begins late.
        const enough = flood.answers.map(({ answeredAt }) => answeredAt).sort((a, b) => a - b)[30]!;
        for (const [turned] of told) {
          expect(turned!.at - enough).toBeLessThan(2_500);
          expect(turned!.heat).toEqual({
            state: 'HOT',
            paceMs: 500,
            fetchesPerSecond: expect.any(Number),
            until: expect.any(String),
          });
          expect(turned!.heat.fetchesPerSecond).toBeGreaterThan(30);
        }
        for (const url of urls) expect(await stateOf(onServer(room.members[0]!, url), room.roomId)).toBe('HOT');

        await until(
          () => told.every((changes) => changes.length > 1),
          'a subscriber of each process to be told that it cooled',
          15_000,
        );
        for (const [, cooled] of told) {
          // Not at a pause of the flood: for 2.5 seconds there was less than it takes to be hot.
          const late = flood.answers.filter(
            ({ answeredAt }) => answeredAt > cooled!.at - 2_500 && answeredAt < cooled!.at,
          );
          expect(late.length).toBeLessThan(2.5 * 30);
          expect(cooled!.heat).toMatchObject({ state: 'NORMAL', paceMs: 0, until: null });
        }
        for (const url of urls) expect(await stateOf(onServer(room.members[0]!, url), room.roomId)).toBe('NORMAL');
        expect(states(told)).toEqual([
          ['HOT', 'NORMAL'],
          ['HOT', 'NORMAL'],
        ]);
        // While it was hot, every client got the heat.
        const known = (url: string): readonly unknown[] =>
          flood.answers.filter(({ askedAt, heat }) => heat !== null && askedAt > told[urls.indexOf(url)]![0]!.at);
        for (const url of urls) expect(known(url).length).toBeGreaterThan(20);
      },
    );
  });

  test('a noisy load that rises and falls makes it hot once, and cools it once', async () => {
    const room = await openRoom(urls, 12, 3);
    // Up to 100 a second within 5 s and back, with noise of half as much up or down.
    const ramp = (ms: number): number =>
      (ms < 5_000 ? ms / 50 : Math.max(0, (11_000 - ms) / 60)) * (0.5 + Math.random());
    await watched(room, ramp, async (told) => {
      await until(() => told.every((changes) => changes.length > 1), 'it to be hot and cool again', 30_000);
      // Long enough for another change, should it oscillate.
      const since = performance.now();
      await until(() => performance.now() - since > 4_000, 'another turn');
      expect(states(told)).toEqual([
        ['HOT', 'NORMAL'],
        ['HOT', 'NORMAL'],
      ]);
    });
  });
});
