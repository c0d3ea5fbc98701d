import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openRedis } from '../../src/engine/redis/client.js';
import type { ManagedServer } from '../../src/embedded/managed-server.js';
import { startRedis } from '../../src/embedded/redis.js';
import { redisProjections } from '../../src/projections/registry.js';
import { quietLogger, until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import { Flood, NEWEST, THRESHOLDS, makeHot, onServer, openRoom, overHttp } from '../support/hot-room.js';
import type { MadangProcess } from '../support/madang.js';
import { RoomLife } from '../support/room-life.js';
import { expectUnharmed } from '../support/wire.js';

// A Redis of its own: the shared one must not be emptied.

const HOT_MESSAGES = 30;
const TIMES = 3;

let dataDir: string;
let redis: ManagedServer;
let deployment: Deployment;
let processes: readonly MadangProcess[];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'madang-flushall-'));
  redis = await startRedis({ dataDir, log: quietLogger });
  const opened = await openDeployment('embedded');
  deployment = { ...opened, env: { ...opened.env, REDIS_URL: redis.url } };
  const env = { ...THRESHOLDS, REDIS_URL: redis.url };
  processes = [await opened.start(env), await opened.start({ ...env, MADANG_ROLES: 'api' })];
}, 120_000);
afterAll(async () => {
  await Promise.all((processes ?? []).map((each) => each.stop()));
  await deployment?.[Symbol.asyncDispose]();
  await redis?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Runs the tool like an operator; with any exit status. */
async function madang<T>(...args: string[]): Promise<T> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const options = { env: { ...inherited, ...deployment.env }, maxBuffer: 64 << 20 };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['dist/cli/main.js', ...args, '--json'],
    options,
  ).catch((error: unknown) => error as { stdout: string });
  return JSON.parse(stdout) as T;
}

/** The Redis read models are used for reads, and hold everything. */
async function areWhole(): Promise<boolean> {
  const list = await madang<{ name: string; lag: number; live: boolean }[]>('projections', 'list');
  return redisProjections.every(({ name }) => list.some((each) => each.name === name && each.live && each.lag < 20));
}

test(`Redis is emptied ${TIMES} times: no client sees an error, and all is whole again`, async () => {
  const urls = processes.map(({ url }) => url);
  const hot = await openRoom(urls, 6, HOT_MESSAGES);
  const quiet = [await openRoom(urls, 2, 0), await openRoom([...urls].reverse(), 2, 0)];
  await makeHot(deployment, hot, urls);
  await using first = new RoomLife(quiet[0]!.roomId, quiet[0]!.members[0]!, quiet[0]!.members[1]!);
  await using second = new RoomLife(quiet[1]!.roomId, quiet[1]!.members[0]!, onServer(quiet[1]!.members[1]!, urls[0]!));
  await using flood = new Flood(
    hot.members.map((user) => () => overHttp(user)(NEWEST, { id: hot.roomId })),
    () => 60,
  );
  const lives = [first, second];
  const emptying = await openRedis(redis.url, { log: quietLogger });
  try {
    for (let time = 1; time <= TIMES; time++) {
      const before = lives.map(({ sent, reads }) => ({ sent, reads, fetched: flood.answers.length }));
      const goesOn = (by: number): boolean =>
        lives.every(
          ({ sent, reads }, n) =>
            sent >= before[n]!.sent + by &&
            reads >= before[n]!.reads + by &&
            flood.answers.length >= before[n]!.fetched + by,
        );
      const flows = (when: string) => () =>
        `messages, reads and fetches flow ${when}: ${JSON.stringify(lives)}, ${flood.answers.length} fetches`;
      await until(() => goesOn(20), flows('before'), 120_000);
      await emptying.ask((client) => client.flushall());
      await until(() => goesOn(60), flows(`after it was emptied, time ${time}`), 120_000);
      await until(areWhole, `the Redis read models are whole again, time ${time}`, 120_000);
    }
  } finally {
    await emptying.close();
  }
  await Promise.all([flood.stop(), ...lives.map((life) => life.stop())]);

  for (const life of lives) {
    await until(() => life.heard === life.sent, 'the subscriber has heard everything');
    expect(life.faults).toEqual([]);
  }
  expect(flood.faults()).toEqual([]);
  const page = Array.from({ length: 20 }, (_, n) => HOT_MESSAGES - 19 + n);
  const shown = flood.answers.flatMap(({ room }) =>
    room ? [room.messages.nodes.map(({ seq, body }) => `${seq} ${body}`).join()] : [],
  );
  expect(new Set(shown)).toEqual(new Set([page.map((seq) => `${seq} message ${seq}`).join()]));
  expect(flood.answers.some(({ heat }) => heat?.state === 'HOT')).toBe(true);

  for (const each of processes) await expectUnharmed(each);
  const { equal, verified } = await madang<{
    equal: boolean;
    verified: readonly { name: string; equal: boolean; rows: number }[];
  }>('projections', 'verify', '--all');
  expect(verified.filter((each) => !each.equal)).toEqual([]);
  expect(equal).toBe(true);
  for (const { name } of redisProjections) expect(verified.find((each) => each.name === name)!.rows).toBeGreaterThan(0);
}, 900_000);
