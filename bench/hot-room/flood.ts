import { setTimeout as delay } from 'node:timers/promises';
import type { Taken } from '../support/open-loop.js';
import { now, openLoop } from '../support/open-loop.js';
import { inThread } from '../support/in-thread.js';
import type { Counters } from './counters.js';
import { perSecond } from './counters.js';
import type { Filled } from './fill.js';
import { QUIET_MEMBERS } from './fill.js';
import type { HotFetches, HotFetchesInput } from './hot-fetches-thread.js';
import { judge, messageIdOf, newest, react, send, stamped } from './queries.js';
import type { Site } from './site.js';
import type { Sizes } from './sizes.js';

/** Fetches from quiet rooms and messages to the hot one, with a flood of fetches beside them or without. */
export interface Run {
  readonly quiet: Taken;
  readonly sends: Taken;
  readonly hot: HotFetches | null;
  /** The rate of the servers' counter, from `settledAfter` to the end. */
  readonly rate: (name: string) => number;
}

export interface RunOptions {
  readonly site: Site;
  readonly filled: Filled;
  readonly sizes: Sizes;
  readonly counters: Counters;
  readonly seconds: number;
  readonly settledAfter: number;
  readonly flood: boolean;
}

/** A later answer counts as none. */
export const TIMEOUT_MS = 10_000;
/** The time for opening all connections. */
const LEAD_MS = 1_500;
const QUIET_CONNECTIONS = 25;
const SEND_CONNECTIONS = 50;
/** One in so many of the writes is a reaction. */
const REACTION_EVERY = 6;

export async function run(options: RunOptions): Promise<Run> {
  const { site, filled, sizes, counters, seconds, settledAfter, flood } = options;
  const acknowledged = new SharedArrayBuffer(8);
  const common = { urls: site.urls, seconds, startAt: now() + LEAD_MS, timeoutMs: TIMEOUT_MS };
  const countsAt = async (second: number) => {
    await delay(Math.max(0, common.startAt + second * 1_000 - now()));
    return counters.counts(site);
  };
  const [quiet, sends, hot, before, after] = await Promise.all([
    quietFetches(common, filled, sizes),
    writing(common, filled, sizes, acknowledged),
    flood
      ? hotFetches({
          ...common,
          room: filled.hotRoom,
          tokens: filled.tokens,
          cursors: filled.cursors,
          perSecond: sizes.hotPerSecond,
          acknowledged,
        })
      : null,
    countsAt(settledAfter),
    countsAt(seconds),
  ]);
  return { quiet, sends, hot, rate: (name) => perSecond(name, before, after) };
}

type Common = Pick<HotFetchesInput, 'urls' | 'seconds' | 'startAt' | 'timeoutMs'>;

async function hotFetches(input: HotFetchesInput): Promise<HotFetches> {
  await using thread = inThread<HotFetches>(new URL('./hot-fetches-thread.js', import.meta.url), input);
  return await thread.result;
}

function quietFetches(common: Common, { quietRooms, tokens }: Filled, { quietPerSecond }: Sizes): Promise<Taken> {
  const bodies = quietRooms.map(newest);
  // Two in a row go to different servers: each room is fetched through both.
  const turn = (index: number): number => Math.floor(index / 2);
  return openLoop({
    ...common,
    connections: QUIET_CONNECTIONS,
    perSecond: quietPerSecond,
    request: (index) => ({ token: tokens[turn(index) % QUIET_MEMBERS]!, body: bodies[turn(index) % bodies.length]! }),
    judge: (_index, answer) => judge(answer),
  });
}

function writing(
  common: Common,
  { hotRoom, tokens }: Filled,
  { sendsPerSecond }: Sizes,
  shared: SharedArrayBuffer,
): Promise<Taken> {
  const acknowledged = new BigInt64Array(shared);
  const written = new Map<number, number>();
  let newestId: string | undefined;
  return openLoop({
    ...common,
    connections: SEND_CONNECTIONS,
    perSecond: (sendsPerSecond * REACTION_EVERY) / (REACTION_EVERY - 1),
    request(index) {
      const token = tokens[(index * 7) % tokens.length]!;
      if (newestId !== undefined && index % REACTION_EVERY === 0) return { token, body: react(hotRoom, newestId) };
      const at = Math.round(now());
      written.set(index, at);
      return { token, body: send(hotRoom, stamped(at)) };
    },
    judge(index, answer) {
      const outcome = judge(answer);
      const at = written.get(index);
      if (at === undefined || outcome !== 'served') return outcome;
      const id = messageIdOf(answer);
      if (id === undefined) return 'failed';
      newestId = id;
      if (at > Number(Atomics.load(acknowledged, 0))) Atomics.store(acknowledged, 0, BigInt(at));
      return 'served';
    },
  });
}
