import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../../src/bot/index.js';
import type { Ran } from '../support/cli.js';
import { runCli, startCli } from '../support/cli.js';
import { until } from '../support/conditions.js';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import { openFaultyProxy } from '../support/faulty-proxy.js';
import type { Fault } from '../support/faulty-proxy.js';
import { asAdmin, createCampaign } from '../support/gifticons.js';
import type { MadangProcess } from '../support/madang.js';
import { signInOnWire } from '../support/wire.js';

// `bin/madang bot` of the built program against a whole process.

const NONE = { lost: 0, doubled: 0, reordered: 0, contradictions: 0, gifticons: 0 };
const SECRET = 'a secret that only the servers and the bot know';

let deployment: Deployment;
let server: MadangProcess;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-bot-'));
  deployment = await openDeployment('embedded');
  server = await deployment.start();
});

afterAll(async () => {
  await server?.stop();
  await deployment?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

let files = 0;
async function scenarioFile(scenario: object): Promise<string> {
  const path = join(folder, `${++files}.json`);
  await writeFile(path, JSON.stringify(scenario));
  return path;
}
const bot = (url: string, file: string, ...more: readonly string[]): Promise<Ran> =>
  runCli({}, 'bot', file, '--url', url, ...more, '--json');
const resultOf = ({ stdout, stderr }: Ran): RunResult => {
  if (!stdout.startsWith('{')) throw new Error(`the bot wrote no result: ${stdout}${stderr}`);
  return JSON.parse(stdout) as RunResult;
};

const SMALL = { about: 'a test', users: 6, arriveSeconds: 0.2, seconds: 1, rooms: { members: 3 } };

test('the example of docs/load-bot.md, with a server that is killed and restarted', async () => {
  const page = await readFile('docs/load-bot.md', 'utf8');
  const [, example] = /```json\n(.*?)```/s.exec(page)!;
  const path = join(folder, 'example.json');
  await writeFile(path, example!);
  const { written, ended } = startCli({}, 'bot', path, '--url', server.url, '--json');
  await until(() => written.stderr.includes('running: '), 'the schedule has begun');
  await server.kill();
  server = await deployment.start({ PORT: new URL(server.url).port });
  const ran = await ended;
  const result = resultOf(ran);
  expect(result.broken).toEqual(NONE);
  // 4 rooms of 5, 8 messages in each, and every one of them at each member.
  expect(result.counts).toMatchObject({ joined: 20, sent: 32, delivered: 160, failures: 0 });
  expect(result.subscribers).toBe(20);
  expect(result.counts.cuts).toBeGreaterThanOrEqual(20);
  expect(result.counts.interrupted).toBeGreaterThan(0);
  // The outage counts from the due times: the limit of half a second was missed, or the machine is very fast.
  expect(ran.code).toBe(result.thresholds.some(({ isMissed }) => isMissed) ? 3 : 0);
  expect(result.latencies.send).toMatchObject({ count: 32 });
});

test('a drop and a flood: every press decided, the stock given out once', async () => {
  const admin = await asAdmin(deployment, await signInOnWire(server.url, 'admin'));
  const { id } = await createCampaign(admin, { stock: 4 });
  const file = await scenarioFile({
    ...SMALL,
    hotRoom: { members: 6, messagesPerSecond: 5 },
    messages: { thinkSeconds: 0.5 },
    drop: { atSeconds: 0.2, users: 6, overSeconds: 0.2, stock: 4 },
    flood: { atSeconds: 0.1, seconds: 0.5, perSecond: 60 },
    thresholds: { failures: 0, outcome: { max: 60_000 } },
  });
  const ran = await bot(server.url, file, '--campaign', id, '--threads', '2');
  const { counts, latencies, broken, bot: itself, thresholds } = resultOf(ran);
  expect(broken).toEqual(NONE);
  expect(counts).toMatchObject({ pressed: 6, issued: 4, soldOut: 2, fetched: 30, failures: 0 });
  expect(latencies.outcome!.count).toBe(6);
  expect(itself.threads).toBe(2);
  expect(thresholds.map(({ isMissed }) => isMissed)).toEqual([false, false]);
  expect(ran.code).toBe(0);
});

const exchanged = (): Fault => {
  let kept: string | undefined;
  return (frame, seq) => {
    if (seq === 3) kept = frame;
    if (seq === 3) return [];
    return seq === 4 ? [frame, kept!] : [frame];
  };
};

const FAULTS: readonly (readonly [fault: Fault, found: Partial<typeof NONE>])[] = [
  [(frame, seq) => (seq === 3 ? [] : [frame]), { lost: 1 }],
  [(frame, seq) => (seq === 3 ? [frame, frame] : [frame]), { doubled: 1 }],
  [exchanged(), { reordered: 1 }],
];

test('a lost, a doubled and a late message are found, with a status of its own', async () => {
  const file = await scenarioFile({ ...SMALL, messages: { perRoom: 6 } });
  const runs = FAULTS.map(async ([fault, found], index) => {
    await using proxy = await openFaultyProxy(server.url, fault);
    const ran = await bot(proxy.url, file, '--prefix', `fault${index}`);
    expect(resultOf(ran).broken).toEqual({ ...NONE, ...found });
    expect(ran.code).toBe(4);
  });
  await Promise.all(runs);
});

test('a missed threshold has a status of its own, and the table names it', async () => {
  const file = await scenarioFile({ ...SMALL, messages: { perRoom: 2 }, thresholds: { send: { p50: 0.001 } } });
  const { code, stdout } = await runCli({}, 'bot', file, '--url', server.url);
  expect(stdout).toMatch(/^send p50 +0\.001 +\S+ +MISSED$/m);
  expect(stdout).toContain('promises kept');
  expect(code).toBe(3);
});

test('AUTH_MODE=jwt and a rate limit: tokens are signed, retryAfterMs is obeyed', async () => {
  const limit = { SEND_LIMIT_PER_SECOND: '2', SEND_LIMIT_BURST: '1' };
  await using strict = await deployment.start({ AUTH_MODE: 'jwt', AUTH_JWT_SECRET: SECRET, ...limit });
  const file = await scenarioFile({
    ...SMALL,
    messages: { perMember: 3 },
    drop: { atSeconds: 0, users: 2, overSeconds: 0, stock: 1 },
  });
  const ran = await runCli({ AUTH_JWT_SECRET: SECRET }, 'bot', file, '--url', strict.url, '--prefix', 'jwt', '--json');
  const { broken, counts } = resultOf(ran);
  expect(broken).toEqual(NONE);
  expect(counts).toMatchObject({ joined: 6, sent: 18, delivered: 54, issued: 1, soldOut: 1, failures: 0 });
  expect(counts.throttled).toBeGreaterThan(0);
  const refused = await bot(strict.url, file, '--campaign', 'x');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('FORBIDDEN')]);
  await writeFile(join(folder, 'tokens'), 'one\ntwo\n');
  const few = await bot(strict.url, file, '--tokens', join(folder, 'tokens'));
  expect([few.code, few.stderr]).toEqual([2, expect.stringContaining('has 2 tokens for 6 users')]);
});

test('an interrupt ends the schedule early, and the run is judged', async () => {
  const file = await scenarioFile({ ...SMALL, seconds: 600, messages: { perSecond: 10 } });
  const { child, written, ended } = startCli({}, 'bot', file, '--url', server.url, '--json');
  await until(() => written.stderr.includes('running: '), 'the schedule has begun');
  child.kill('SIGINT');
  const ran = await ended;
  const { wasInterrupted, seconds, counts, broken } = resultOf(ran);
  expect([ran.code, wasInterrupted, broken]).toEqual([0, true, NONE]);
  expect(seconds).toBeLessThan(600);
  expect(counts.delivered).toBe(counts.sent * 3);
});

test('what cannot begin says why', async () => {
  const file = await scenarioFile({ ...SMALL, mesages: {} });
  const refusals: readonly (readonly [ran: Promise<Ran>, code: number, reason: string])[] = [
    [bot(server.url, file), 2, `${file}:1: there is no mesages`],
    [bot('http://chat.example', await scenarioFile(SMALL)), 2, '--i-own-this-deployment'],
    [bot(server.url, 'campaign', '--quick'), 2, '--campaign ID'],
    [bot('http://127.0.0.1:1', await scenarioFile(SMALL)), 1, 'no Madang answers'],
  ];
  for (const [ran, code, reason] of refusals)
    expect(await ran).toMatchObject({ code, stderr: expect.stringContaining(reason), stdout: '' });
});
