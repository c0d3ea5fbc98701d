import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { sendSignal, waitForExit } from '../../src/embedded/processes.js';
import { startRedis } from '../../src/embedded/redis.js';
import { quietLogger, until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { Fetched, HotRoom } from '../support/hot-room.js';
import { Flood, NEWEST, PERSONAL, THRESHOLDS, onServer, openRoom, overHttp, stateOf } from '../support/hot-room.js';
import type { MadangProcess } from '../support/madang.js';

// A flood goes on while the parts that decide on heat are taken away one by one: the only refusal that clients get is
// ROOM_HOT.

const AGREE_MS = 3_000;
let deployment: Deployment;
let dataDir: string;
let redis: ManagedServer;
let room: HotRoom;
const apis: MadangProcess[] = [];
let heats: MadangProcess[] = [];

const start = (roles: string): Promise<MadangProcess> =>
  deployment.start({ ...THRESHOLDS, REDIS_URL: redis.url, MADANG_ROLES: roles });
/** More than makes a room hot on each server, so that it is hot also where they cannot agree. */
const askers = (servers: readonly MadangProcess[]): (() => Promise<Fetched>)[] =>
  room.members.map(
    (user, n) => () =>
      overHttp(onServer(user, servers[n % servers.length]!.url))([NEWEST, NEWEST, PERSONAL][n % 3]!, {
        id: room.roomId,
      }),
  );

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  dataDir = await mkdtemp(join(tmpdir(), 'madang-hot-room-'));
  redis = await startRedis({ dataDir, log: quietLogger });
  apis.push(await start('api,decider,projector'), await start('api'));
  heats = [await start('heat'), await start('heat')];
  room = await openRoom(
    apis.map(({ url }) => url),
    12,
    10,
  );
}, 240_000);
afterAll(async () => {
  await Promise.all([...apis, ...heats].map((each) => each.stop()));
  await redis?.stop();
  await deployment?.[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const statesAt = (servers: readonly MadangProcess[]): Promise<readonly string[]> =>
  Promise.all(servers.map(({ url }) => stateOf(onServer(room.members[0]!, url), room.roomId)));
const gauge = async ({ url }: MadangProcess, name: string): Promise<number> =>
  Number(
    new RegExp(`^madang_${name} (\\d+)`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? Number.NaN,
  );
const leader = async (): Promise<MadangProcess | undefined> => {
  const leads = await Promise.all(heats.map((each) => gauge(each, 'heat_leader')));
  return heats[leads.indexOf(1)];
};
/** Waits until all servers share a decision with this state. */
async function agree(servers: readonly MadangProcess[], state: 'HOT' | 'NORMAL', ms = AGREE_MS): Promise<void> {
  const isTogether = async (): Promise<boolean> =>
    (await Promise.all(servers.map((each) => gauge(each, 'heat_alone')))).every((alone) => alone === 0);
  await until(
    async () => (await isTogether()) && (await statesAt(servers)).every((each) => each === state),
    `all servers to agree that the room is ${state}`,
    ms,
  );
}

test('killed leaders, a Redis that goes and comes back, and servers that come and go', async () => {
  await using flood = new Flood(askers(apis), () => 120);
  await agree(apis, 'HOT', 20_000);

  // The leader is killed: another leads, without an effect for clients.
  const first = (await leader())!;
  await first.kill();
  heats = heats.filter((each) => each !== first);
  await until(async () => (await leader()) !== undefined, 'another to lead', AGREE_MS);
  await agree(apis, 'HOT');
  // The last one too: the servers decide by themselves, until there is a leader again.
  await heats[0]!.kill();
  heats = [];
  await until(async () => (await gauge(apis[0]!, 'heat_alone')) === 1, 'the servers to be alone', 10_000);
  expect(await statesAt(apis)).toEqual(['HOT', 'HOT']);
  heats = [await start('heat')];
  await agree(apis, 'HOT');

  // Redis is killed. The servers that use it serve on.
  sendSignal(redis.pid, 'SIGKILL');
  await waitForExit(redis.pid, 10_000);
  await redis.stop();
  const before = flood.answers.length;
  await until(() => flood.answers.length > before + 200, 'the flood to go on without Redis', 30_000);
  expect(await statesAt(apis)).toEqual(['HOT', 'HOT']);
  redis = await startRedis({ dataDir, log: quietLogger });
  await agree(apis, 'HOT');

  // A third server joins, takes its part of the flood, and leaves.
  const third = await start('api');
  apis.push(third);
  await flood.turnTo(askers(apis));
  await agree(apis, 'HOT');
  apis.pop();
  await flood.turnTo(askers(apis));
  await third.stop();
  await agree(apis, 'HOT');

  await flood.stop();
  expect(flood.faults()).toEqual([]);
  expect(flood.answers.length).toBeGreaterThan(1_000);
  await agree(apis, 'NORMAL', 20_000);
  for (const { log } of apis)
    expect(log.filter(({ level }) => level === 'error' || level === 'fatal').map(({ text }) => text)).toEqual([]);
}, 240_000);
