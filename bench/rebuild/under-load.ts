import { setTimeout as delay } from 'node:timers/promises';
import { redisProjections } from '../../src/projections/registry.js';
import type { Deployment } from '../support/deployment.js';
import type { Filled } from './fill.js';
import type { LoadResult, Taken } from './load.js';
import { startLoad } from './load.js';
import type { Ran, RebuildAnswer } from './operator.js';
import { rebuild } from './operator.js';
import type { Watch } from './readiness.js';
import { openWatch } from './readiness.js';
import type { Sizes } from './sizes.js';

/** From and to, in milliseconds since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The measurements in a window. */
export interface Seen {
  /** From the due time of a message until every read model had it. */
  readonly lags: readonly number[];
  readonly reads: readonly number[];
  /** The largest lag of a live read model, over all partitions. */
  readonly mostBehind: number;
}

export interface UnderLoad {
  readonly rebuilds: readonly Ran<RebuildAnswer>[];
  /** Rebuilds that yield to the traffic, with `--pace`. */
  readonly paced: readonly Ran<RebuildAnswer>[];
  readonly before: Seen;
  readonly during: Seen;
  readonly duringPaced: Seen;
  /** Seconds from each FLUSHALL until the Redis read models were live without lag. */
  readonly flushes: readonly number[];
  readonly duringFlushes: Seen;
  readonly load: LoadResult;
}

const ROLES = 'api,decider,projector,issuer,heat';
const LOOK_MS = 250;
const WHOLE_MS = 300_000;

export interface UnderLoadOptions {
  readonly deployment: Deployment;
  readonly redisUrl: string;
  readonly filled: Filled;
  readonly sizes: Sizes;
  readonly rebuilds: number;
  readonly flushes: number;
  readonly report: (progress: string) => void;
}

/** The whole system in one process, with members at work: the effect of rebuilds on them, and of losing Redis. */
export async function underLoad({
  deployment,
  redisUrl,
  filled,
  sizes,
  rebuilds,
  flushes,
  report,
}: UnderLoadOptions): Promise<UnderLoad> {
  const site = await deployment.start(ROLES);
  await using watch = await openWatch(deployment, redisUrl);
  await watch.whole(null, WHOLE_MS);
  await using load = await startLoad(deployment, site.url, filled, sizes);
  await using behind = follow(watch);
  report(`${sizes.sends} messages and ${sizes.reads} reads a second, for ${sizes.calmSeconds} s`);
  const calm = await windowOf(() => delay(sizes.calmSeconds * 1_000));

  const done: Ran<RebuildAnswer>[] = [];
  const rebuilding: Window[] = [];
  const paced: Ran<RebuildAnswer>[] = [];
  const pacing: Window[] = [];
  for (let round = 1; round <= rebuilds; round++) {
    report(`rebuilding all read models beside it, round ${round}`);
    rebuilding.push(await windowOf(async () => done.push(await rebuild(deployment, '--all'))));
    report(`the same with --pace, round ${round}`);
    pacing.push(await windowOf(async () => paced.push(await rebuild(deployment, '--all', '--pace'))));
  }
  const whole: number[] = [];
  const flushing: Window[] = [];
  for (let round = 1; round <= flushes; round++) {
    report(`FLUSHALL, round ${round}`);
    flushing.push(await windowOf(async () => whole.push(await flush(watch))));
  }
  // Readers see the effect of the last swap or FLUSHALL a moment later.
  await delay(2_000);
  load.send('stop');
  const result = await load.result;
  await site.stop();
  const seen = (...windows: readonly Window[]): Seen => ({
    lags: within(result.lags, windows),
    reads: within(result.reads, windows),
    mostBehind: Math.max(0, ...within(behind.looks, windows)),
  });
  return {
    rebuilds: done,
    paced,
    before: seen(calm),
    during: seen(...rebuilding),
    duringPaced: seen(...pacing),
    flushes: whole,
    duringFlushes: seen(...flushing),
    load: result,
  };
}

async function windowOf(work: () => Promise<unknown>): Promise<Window> {
  const from = Date.now();
  await work();
  return { from, to: Date.now() };
}

const within = (taken: readonly Taken[], windows: readonly Window[]): readonly number[] =>
  taken.filter(({ at }) => windows.some(({ from, to }) => at >= from && at < to)).map(({ ms }) => ms);

/** Polls the live read models all the time: `ms` is the lag in events of the slowest. */
function follow(watch: Watch): { readonly looks: readonly Taken[] } & AsyncDisposable {
  const looks: Taken[] = [];
  const over = new AbortController();
  const following = (async () => {
    while (!over.signal.aborted) {
      const lags = [...(await watch.lags()).values()].filter((lag) => lag !== null);
      looks.push({ at: Date.now(), ms: Math.max(0, ...lags) });
      await delay(LOOK_MS);
    }
  })();
  return {
    looks,
    async [Symbol.asyncDispose]() {
      over.abort();
      await following;
    },
  };
}

async function flush(watch: Watch): Promise<number> {
  const began = performance.now();
  await watch.emptyRedis();
  await watch.whole(
    redisProjections.map(({ name }) => name),
    WHOLE_MS,
  );
  return (performance.now() - began) / 1_000;
}
