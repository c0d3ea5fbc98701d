import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { now } from './clock.js';
import { noCounts, sumOf } from './counts.js';
import type { Counts } from './counts.js';
import { openHttp } from './http.js';
import { TIMED, createLatencies } from './latencies.js';
import { operationsOver } from './operations.js';
import { planOf } from './plan.js';
import type { Preparing } from './prepare.js';
import { prepare } from './prepare.js';
import type { Retrying } from './retry.js';
import type { Scenario } from './scenario.js';
import { deliveriesPerSecond } from './scenario.js';
import { startThreads } from './threads.js';
import type { Broken, Latest, ThresholdResult, Verdict } from './verdict.js';
import { brokenPromises, judged, verdictOf } from './verdict.js';

export type Stage = 'signing in' | 'arriving' | 'running' | 'settling' | 'done';

/** A run so far, once a second. */
export interface Progress {
  readonly stage: Stage;
  /** Since the beginning of the stage, and the length of it where that is known. */
  readonly seconds: number;
  readonly ofSeconds: number | null;
  readonly counts: Counts;
  /** Of the last second. */
  readonly latest: Latest;
  readonly total: Latest;
  /** The bot's own event loops in the last second: the worst p99. */
  readonly loopDelayMs: number;
}

export interface RunOptions extends Preparing {
  /** The address of GraphQL. */
  readonly url: string;
  readonly threads?: number | undefined;
  /** Ends the schedule early; what was begun is finished and judged. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** The result of a run. Times are in milliseconds. */
export interface RunResult {
  readonly about: string;
  readonly url: string;
  readonly startedAt: string;
  /** The length of the schedule, from its beginning to its last outcome. */
  readonly seconds: number;
  readonly scenario: Scenario;
  readonly subscribers: number;
  readonly counts: Counts;
  readonly messagesPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly latencies: Latest;
  readonly bot: {
    readonly threads: number;
    /** The worst second of the worst thread. */
    readonly loopDelayP99: number;
    readonly loopDelayMax: number;
    /** Whether the bot was so late that the figures are partly its own. */
    readonly isLate: boolean;
  };
  readonly broken: Broken;
  readonly thresholds: readonly ThresholdResult[];
  readonly verdict: Verdict;
  readonly wasInterrupted: boolean;
}

const GIVE_UP_MS = 60_000;
const DELIVERIES_PER_THREAD = 20_000;
const USERS_PER_THREAD = 2_500;
export const MAX_THREADS = 16;
/** Operations begun, or events read, later than this by the bot's own fault are reported. */
const LATE_MS = 25;

/** One thread can do so much; more threads than processors would only take turns. */
export function threadsFor(scenario: Scenario, processors = availableParallelism()): number {
  const wanted = Math.max(deliveriesPerSecond(scenario) / DELIVERIES_PER_THREAD, scenario.users / USERS_PER_THREAD);
  return Math.min(MAX_THREADS, processors, Math.max(1, Math.ceil(wanted)));
}

/**
 * Runs a scenario against a deployment.
 * @throws {RunError} it could not begin
 */
export async function runScenario(options: RunOptions): Promise<RunResult> {
  const { url, scenario, signal, onProgress } = options;
  const threads = options.threads ?? threadsFor(scenario);
  const plan = planOf(scenario);
  const startedAt = new Date().toISOString();
  const latest = createLatencies();
  const total = createLatencies();
  const preparing = noCounts();
  const perThread = Array.from({ length: threads }, noCounts);
  const counts = (): Counts => sumOf([preparing, ...perThread]);
  const loop = { latest: 0, p99: 0, max: 0 };
  let stage: Stage = 'signing in';
  let stageAt = now();
  let stageSeconds: number | null = null;
  const enter = (next: Stage, seconds: number | null): void => {
    [stage, stageAt, stageSeconds] = [next, now(), seconds];
    showProgress();
  };
  const showProgress = (): void => {
    onProgress({
      stage,
      seconds: Math.max(0, (now() - stageAt) / 1_000),
      ofSeconds: stageSeconds,
      counts: counts(),
      latest: summariesOf(latest),
      total: summariesOf(total),
      loopDelayMs: loop.latest,
    });
    latest.reset();
    loop.latest = 0;
  };

  const http = openHttp(url);
  const ticking = setInterval(showProgress, 1_000);
  const retrying: Retrying = {
    giveUpMs: GIVE_UP_MS,
    signal,
    onRetry: (failure) => void preparing[failure.isThrottled ? 'throttled' : 'retried']++,
  };
  let pool: ReturnType<typeof startThreads> | undefined;
  const stop = (): void => pool?.send({ type: 'stop' });
  try {
    const api = operationsOver(http);
    const { tokens, rooms, drop } = await prepare(options, plan, api, retrying, () => preparing.signedIn++);
    const data = {
      url,
      tag: randomBytes(4).toString('hex'),
      scenario,
      threads,
      tokens,
      rooms,
      campaignId: drop?.id ?? null,
      giveUpMs: GIVE_UP_MS,
    };
    pool = startThreads(data, (thread, report) => {
      perThread[thread] = report.counts;
      latest.add(report.latencies);
      total.add(report.latencies);
      loop.latest = Math.max(loop.latest, report.loopDelay.p99);
      loop.p99 = Math.max(loop.p99, report.loopDelay.p99);
      loop.max = Math.max(loop.max, report.loopDelay.max);
    });
    signal.addEventListener('abort', stop, { once: true });
    // A thread takes a while to load: the schedule must not begin without it.
    await pool.all('ready');
    enter('arriving', scenario.arriveSeconds);
    pool.send({ type: 'arrive', startAt: now() + 100 });
    await pool.all('arrived');
    enter('running', scenario.seconds);
    const startAt = now() + 100;
    pool.send({ type: 'begin', startAt });
    const sent = await pool.all('sent');
    const seconds = (now() - startAt) / 1_000;
    enter('settling', null);
    const heads = plan.rooms.map((_, room) => Math.max(...sent.map((each) => each.heads[room]!)));
    pool.send({ type: 'settle', heads, timeoutMs: scenario.settleSeconds * 1_000 });
    const findings = (await pool.all('settled')).map((each) => each.findings);
    enter('done', null);
    const done = counts();
    const latencies = summariesOf(total);
    const broken = brokenPromises(findings, done, drop);
    const thresholds = judged(scenario, latencies, done.failures);
    return {
      about: scenario.about,
      url,
      startedAt,
      seconds,
      scenario,
      subscribers: findings.reduce((sum, { subscribers }) => sum + subscribers, 0),
      counts: done,
      messagesPerSecond: done.sent / seconds,
      deliveriesPerSecond: done.delivered / seconds,
      latencies,
      bot: {
        threads,
        loopDelayP99: loop.p99,
        loopDelayMax: loop.max,
        isLate: Math.max(loop.p99, latencies.late?.p99 ?? 0) > LATE_MS,
      },
      broken,
      thresholds,
      verdict: verdictOf(broken, thresholds),
      wasInterrupted: signal.aborted,
    };
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(ticking);
    http.close();
    await pool?.close();
  }
}

const summariesOf = (latencies: ReturnType<typeof createLatencies>): Latest =>
  Object.fromEntries(
    TIMED.flatMap((what) => {
      const summary = latencies.summary(what);
      return summary ? [[what, summary] as const] : [];
    }),
  );
