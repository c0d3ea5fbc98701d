import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { commandId, traceId, userId } from '../../src/engine/domain/ids.js';
import type { Latency } from '../support/chat.js';
import { startChat } from '../support/chat.js';
import type { Deployment, Engine } from '../support/deployment.js';
import { POLITE, openDeployment } from '../support/deployment.js';
import type { Stack } from '../support/stack.js';
import { quantile, spread } from '../support/statistics.js';
import type { Spread } from '../support/statistics.js';
import type { Point } from './drain.js';
import { decided, watchDrain } from './drain.js';
import { createCampaign, startChatRoles, until } from './rush.js';

const ROOMS = 20;
const MESSAGES_PER_SECOND = 100;
/** The time for a rate to settle, and then the time of its measurement, in each of two passes. */
const SETTLE_MS = 3_000;
const SWEEP_MS = 4_000;
/**
 * The number of turns in which the controller and the fastest fixed rate are measured, each for the time between two of
 * the controller's probes.
 */
export const PAIRS = 4;
const PAIR_MS = 10_000;
const RATES = [250, 500, 750, 1_000, 1_500, 2_000, 3_000, 4_000];
/** The largest allowed factor on the p99 of chat. */
const FACTOR = 2;
const BEFORE_LOAD_MS = 6_000;
const OTHER_LOAD_MS = 10_000;
const RETURN_MS = 15_000;
const LOAD_CLIENTS = 8;

export interface Measured {
  /** Requests decided a second, in each turn. */
  readonly perSecond: Spread;
  /** Over all turns. */
  readonly chatP99: number;
}

export interface Pace {
  readonly quietP99: number;
  readonly fixed: readonly (Measured & { readonly rate: number })[];
  /** The fastest of the fixed rates that keeps the p99 of chat within the factor. */
  readonly best: number | null;
  /** That rate and the controller's own, in turn. Null where there is no such rate. */
  readonly turns: { readonly best: Measured; readonly controlled: Measured; readonly share: Spread } | null;
  /**
   * The controller's rate in the seconds before, during and after other load, and the time to return to 90 % of the
   * first.
   */
  readonly before: number;
  readonly during: number;
  readonly after: number;
  readonly returnedMs: number | null;
  /** The run with the other load, over time. */
  readonly drain: readonly Point[];
  readonly loadFromMs: number;
  readonly loadToMs: number;
}

/** Appends requests of one user each to the queue, in bulk: admission control is not measured here. */
async function fill(deployment: Deployment, campaignId: string, count: number): Promise<void> {
  const { requests } = await deployment.log();
  const AT_ONCE = 5_000;
  for (let from = 0; from < count; from += AT_ONCE) {
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - from) }, () =>
        requests.append({
          commandId: commandId(randomUUID()),
          type: 'RequestGifticon',
          schema: 1,
          key: campaignId,
          userId: userId(randomUUID()),
          traceId: traceId('0'.repeat(32)),
          at: new Date().toISOString(),
          data: { campaignId },
        }),
      ),
    );
  }
}

async function pgbench(...args: readonly string[]): Promise<void> {
  const child = spawn('pgbench', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`pgbench ended with ${code}: ${said.trim().slice(-500)}`);
}

/**
 * Other work on the same database server: pgbench with its defaults, and as many clients as the issuer shares a server
 * with on a bad day.
 */
const loadDatabase = (databaseUrl: string, forMs: number): Promise<void> =>
  pgbench('-T', String(Math.round(forMs / 1_000)), '-c', String(LOAD_CLIENTS), '-j', '1', '-n', databaseUrl);

const prepareLoad = (databaseUrl: string): Promise<void> => pgbench('-q', '-i', '-s', '10', databaseUrl);

/** The span of a measurement, and the number of requests decided in it. */
interface Window {
  readonly what: number | 'quiet' | 'controlled';
  readonly from: number;
  readonly to: number;
  readonly perSecond: number;
}

/** @returns the sum of the windows of one kind, with the latencies of the chat beside them */
function measuredIn(windows: readonly Window[], what: Window['what'], latencies: readonly Latency[]): Measured {
  const own = windows.filter((window) => window.what === what);
  const meanwhile = latencies.filter(({ at }) => own.some(({ from, to }) => at >= from && at < to));
  return {
    perSecond: spread(own.map(({ perSecond }) => perSecond)),
    chatP99: quantile(
      meanwhile.map(({ ms }) => ms),
      0.99,
    ),
  };
}

/**
 * One deployment with a queue that does not run empty, and chat beside it. First the issuer at fixed rates, one after
 * the other and again in reverse, since the machine may become slower or faster meanwhile. Then the fastest rate that
 * chat can bear and the issuer's own, in turn. Last, other load on the database.
 */
export async function pace(stack: Stack, engine: Engine, report: (progress: string) => void): Promise<Pace> {
  await using deployment = await openDeployment(stack, engine);
  const url = await startChatRoles(deployment);
  const campaignId = await createCampaign(deployment, url, 10_000_000);
  report(`${engine}: filling the queue`);
  await fill(deployment, campaignId, (2 * RATES.reduce((sum, rate) => sum + rate, 0) * (SETTLE_MS + SWEEP_MS)) / 1_000);
  await prepareLoad(deployment.databaseUrl);
  const chatting = () => startChat({ deployment, url, rooms: ROOMS, messagesPerSecond: MESSAGES_PER_SECOND });

  const windows: Window[] = [];
  const measure = async (what: Window['what'], forMs: number): Promise<void> => {
    await delay(SETTLE_MS);
    const [from, before] = [Date.now(), await decided(deployment)];
    await delay(forMs);
    const to = Date.now();
    windows.push({ what, from, to, perSecond: ((await decided(deployment)) - before) / ((to - from) / 1_000) });
  };
  const issuing = async (env: Readonly<Record<string, string>>, run: () => Promise<void>): Promise<void> => {
    const issuer = await deployment.start('issuer', { ...env, ...POLITE });
    const begun = await decided(deployment);
    await until(async () => (await decided(deployment)) > begun);
    await run();
    await issuer.stop();
  };
  const atFixed = async (rate: number, forMs: number): Promise<void> => {
    report(`${engine}: at ${rate} requests a second`);
    await issuing({ GIFTICON_MIN_RATE: String(rate), GIFTICON_MAX_RATE: String(rate) }, () => measure(rate, forMs));
  };
  const atItsOwn = (andThen: () => Promise<void>): Promise<void> =>
    issuing({}, async () => {
      report(`${engine}: at the rate that the controller finds`);
      await delay(SETTLE_MS);
      await measure('controlled', PAIR_MS);
      await andThen();
    });

  const sweepChat = await chatting();
  await measure('quiet', SWEEP_MS);
  for (const rate of RATES) await atFixed(rate, SWEEP_MS);
  await measure('quiet', SWEEP_MS);
  for (const rate of RATES.toReversed()) await atFixed(rate, SWEEP_MS);
  const sweepLatencies = await sweepChat.stop();
  const quietP99 = measuredIn(windows, 'quiet', sweepLatencies).chatP99;
  const fixed = RATES.map((rate) => ({ rate, ...measuredIn(windows, rate, sweepLatencies) }));
  const bearable = fixed.filter(({ chatP99 }) => chatP99 <= FACTOR * quietP99);
  const best = bearable.toSorted((a, b) => b.perSecond.median - a.perSecond.median)[0]?.rate ?? null;

  report(`${engine}: filling the queue again`);
  const most = Math.max(...windows.map(({ perSecond }) => perSecond));
  await fill(
    deployment,
    campaignId,
    Math.round((1.5 * most * (2 * PAIRS * (2 * SETTLE_MS + PAIR_MS) + OTHER_LOAD_MS + RETURN_MS)) / 1_000),
  );
  const chat = await chatting();
  windows.length = 0;
  for (let pair = 0; best !== null && pair < PAIRS; pair++) {
    if (pair % 2 === 0) await atFixed(best, PAIR_MS);
    await atItsOwn(() => Promise.resolve());
    if (pair % 2 === 1) await atFixed(best, PAIR_MS);
  }
  const pairs = [...windows];
  const drain = watchDrain(deployment);
  const drainFrom = Date.now();
  let load = { from: 0, to: 0 };
  await atItsOwn(async () => {
    report(`${engine}: with other load on the database`);
    const from = Date.now();
    await loadDatabase(deployment.databaseUrl, OTHER_LOAD_MS);
    load = { from, to: Date.now() };
    await delay(RETURN_MS);
  });
  const points = await drain.stop();
  const latencies = await chat.stop();

  const rates = (what: Window['what']): readonly number[] =>
    pairs.filter((window) => window.what === what).map(({ perSecond }) => perSecond);
  const [loadFromMs, loadToMs] = [load.from - drainFrom, load.to - drainFrom];
  const over = (fromMs: number, toMs: number): number =>
    mean(points.filter(({ ms }) => ms >= fromMs && ms < toMs).map(({ perSecond }) => perSecond));
  const before = over(loadFromMs - BEFORE_LOAD_MS, loadFromMs);
  return {
    quietP99,
    fixed,
    best,
    turns:
      best === null
        ? null
        : {
            best: measuredIn(pairs, best, latencies),
            controlled: measuredIn(pairs, 'controlled', latencies),
            share: spread(rates('controlled').map((own, pair) => own / rates(best)[pair]!)),
          },
    before,
    during: over(loadFromMs + SETTLE_MS, loadToMs),
    after: over(loadToMs + 10_000, loadToMs + RETURN_MS),
    returnedMs: returned(points, loadToMs, 0.9 * before),
    drain: points,
    loadFromMs,
    loadToMs,
  };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The time at which the average over a second is back at this rate, counted from the end of the load. */
function returned(points: readonly Point[], fromMs: number, perSecond: number): number | null {
  const later = points.filter(({ ms }) => ms >= fromMs);
  const found = later.findIndex(
    (_, index) => index >= 10 && mean(later.slice(index - 10, index).map((point) => point.perSecond)) >= perSecond,
  );
  return found < 0 ? null : later[found]!.ms - fromMs;
}

export const spreadOf = <T>(rounds: readonly T[], value: (round: T) => number): Spread => spread(rounds.map(value));
