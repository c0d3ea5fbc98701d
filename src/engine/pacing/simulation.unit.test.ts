import { createSimulatedClock } from '../../../test/support/simulated-clock.js';
import type { DatabaseModel, SimulatedDatabase } from '../../../test/support/simulated-database.js';
import { TYPICAL, createSimulatedDatabase, seeded } from '../../../test/support/simulated-database.js';
import type { IssuerOptions, SimulatedIssuer } from '../../../test/support/simulated-issuing.js';
import { CHAT_PER_SECOND, bestFixedRate, p99, startIssuer } from '../../../test/support/simulated-issuing.js';
import type { SimulatedClock } from '../../../test/support/simulated-clock.js';
import type { Bounds } from './bounds.js';

/**
 * The real pacer and controller on a database that is a queueing model, in simulated time. Each test names its seed.
 */
const open: Bounds = { minRate: 10, maxRate: null };
const SEEDS = [1, 2] as const;
const S = 1_000;

interface World {
  readonly clock: SimulatedClock;
  readonly database: SimulatedDatabase;
  start(options?: Partial<IssuerOptions>): SimulatedIssuer;
}

/** A database with chat load. */
function world(model: DatabaseModel, seed: number): World & { readonly chat: ReturnType<SimulatedDatabase['chat']> } {
  const clock = createSimulatedClock();
  const database = createSimulatedDatabase(clock, model, seeded(seed));
  return {
    clock,
    database,
    chat: database.chat(CHAT_PER_SECOND),
    start: (options) => startIssuer(clock, database, { bounds: open, ...options }),
  };
}

/** When, after `from`, the rate over a second first reached this; Infinity: not within 30 s. In milliseconds. */
function reaches(issuer: SimulatedIssuer, rate: number, from: number): number {
  for (let at = from; at < from + 30 * S; at += 250) if (issuer.rate(at, at + S) >= rate) return at - from;
  return Infinity;
}

/** The rates of each second, without those in which it probed. */
const steadySeconds = (issuer: SimulatedIssuer, from: number, to: number): readonly number[] =>
  Array.from({ length: (to - from) / S }, (_, index) => from + index * S)
    .filter((at) => at % (10 * S) !== 0)
    .map((at) => issuer.rate(at, at + S));

const models: readonly [string, DatabaseModel, number][] = [
  ['typical', TYPICAL, 8_000],
  ['without noise', { ...TYPICAL, noise: 0.1, hiccupEveryMs: 0 }, 8_000],
  ['on one core', { ...TYPICAL, cores: 1 }, 3_000],
  ['slow', { ...TYPICAL, baseMs: 8, recordMs: 1.2, diskMs: 4 }, 600],
  ['with a slow disk', { ...TYPICAL, diskMs: 8 }, 6_000],
];

test.each(models)(
  'a database that is %s: finds 90 percent of the best fixed rate, and stays there',
  async (_name, model, from) => {
    const seed = 2;
    const best = await bestFixedRate(model, seed, 6, from);
    const { clock, chat, start } = world(model, seed);
    await clock.runTo(5 * S);
    const issuer = start();
    await clock.runTo(45 * S);
    issuer.stop();

    const settled = issuer.rate(15 * S, 45 * S);
    expect(settled / best.rate).toBeGreaterThan(0.9);
    expect(reaches(issuer, 0.85 * settled, 5 * S)).toBeLessThan(4 * S);
    expect(p99(chat, 15 * S, 45 * S) / best.quiet).toBeLessThan(2.6);
    const seconds = steadySeconds(issuer, 15 * S, 45 * S);
    expect(Math.min(...seconds) / settled).toBeGreaterThan(0.7);
    expect(Math.max(...seconds) / settled).toBeLessThan(1.35);
    const inflation = issuer.decisions
      .filter(({ at, reason }) => at > 15 * S && reason !== 'probing')
      .map(({ latencyMs, baselineMs }) => latencyMs! / baselineMs!);
    expect(inflation.reduce((sum, each) => sum + each, 0) / inflation.length).toBeLessThan(2.6);
  },
);

test.each([1, 12])('one campaign or many (%d partitions): 90 percent of the best fixed rate', async (partitions) => {
  const best = await bestFixedRate(TYPICAL, 2, partitions, 3_000);
  const { clock, start } = world(TYPICAL, 2);
  const issuer = start({ partitions });
  await clock.runTo(40 * S);
  issuer.stop();
  expect(issuer.rate(10 * S, 40 * S) / best.rate).toBeGreaterThan(0.9);
});

describe.each(SEEDS)('seed %d', (seed) => {
  test('falls while others load the database, and is back within 10 s of their end', async () => {
    const { clock, database, start } = world(TYPICAL, seed);
    const issuer = start();
    await clock.runTo(30 * S);
    const before = issuer.rate(15 * S, 30 * S);
    const bench = database.bench(8, 3);
    await clock.runTo(55 * S);
    bench.stop();
    await clock.runTo(90 * S);
    issuer.stop();
    expect(issuer.rate(35 * S, 55 * S)).toBeLessThan(0.5 * before);
    expect(issuer.rate(35 * S, 55 * S)).toBeGreaterThan(open.minRate / 2);
    expect(reaches(issuer, 0.9 * before, 55 * S)).toBeLessThan(9 * S);
    expect(issuer.rate(65 * S, 90 * S)).toBeGreaterThan(0.9 * before);
  });

  test('follows a step down and up again, and a slow drift', async () => {
    const { clock, database, start } = world(TYPICAL, seed);
    const issuer = start();
    await clock.runTo(25 * S);
    const before = issuer.rate(10 * S, 25 * S);
    database.change({ cores: 1 });
    await clock.runTo(50 * S);
    const less = issuer.rate(35 * S, 50 * S);
    expect(less / before).toBeGreaterThan(0.35);
    expect(less / before).toBeLessThan(0.6);
    database.change({ cores: 2 });
    await clock.runTo(75 * S);
    expect(issuer.rate(60 * S, 75 * S)).toBeGreaterThan(0.9 * before);
    for (let second = 0; second < 60; second++) {
      database.change({ baseMs: TYPICAL.baseMs * (1 + second / 60), recordMs: TYPICAL.recordMs * (1 + second / 60) });
      await clock.runTo((76 + second) * S);
    }
    issuer.stop();
    // Twice as much work per request: half of the rate.
    expect(issuer.rate(125 * S, 135 * S) / before).toBeGreaterThan(0.4);
    expect(issuer.rate(125 * S, 135 * S) / before).toBeLessThan(0.6);
  });

  test('hiccups of the disk, also many, cost hardly more than the time that they take', async () => {
    const { clock, database, start } = world({ ...TYPICAL, hiccupEveryMs: 0 }, seed);
    const issuer = start();
    await clock.runTo(30 * S);
    const before = issuer.rate(15 * S, 30 * S);
    database.change({ hiccupEveryMs: 1_000 });
    await clock.runTo(60 * S);
    issuer.stop();
    // About 35 ms of each second without a commit.
    expect(issuer.rate(35 * S, 60 * S) / before).toBeGreaterThan(0.85);
  });

  test('a stall is seen while it lasts, slows the pace, and is over soon after its end', async () => {
    const { clock, database, start } = world(TYPICAL, seed);
    const issuer = start();
    await clock.runTo(25 * S);
    const before = issuer.rate(10 * S, 25 * S);
    database.stall(true);
    await clock.runTo(29 * S);
    const during = issuer.decisions.filter(({ at }) => at > 25 * S);
    expect(during.some(({ reason, changed }) => reason === 'stalled' && changed)).toBe(true);
    expect(during.at(-1)!.target).toBeLessThan(before / 2);
    database.stall(false);
    await clock.runTo(55 * S);
    issuer.stop();
    expect(reaches(issuer, 0.85 * before, 29 * S)).toBeLessThan(10 * S);
  });

  test('errors slow it down to the least, and it recovers', async () => {
    const { clock, database, start } = world(TYPICAL, seed);
    const issuer = start();
    await clock.runTo(25 * S);
    const before = issuer.rate(10 * S, 25 * S);
    database.down(true);
    await clock.runTo(35 * S);
    expect(issuer.decisions.some(({ at, reason, changed }) => at > 25 * S && reason === 'errors' && changed)).toBe(
      true,
    );
    expect(issuer.pacer.decision.target).toBeLessThan(before / 4);
    database.down(false);
    await clock.runTo(60 * S);
    issuer.stop();
    expect(reaches(issuer, 0.85 * before, 35 * S)).toBeLessThan(10 * S);
  });

  test('a baseline that was measured at a bad moment does not stay', async () => {
    const quiet = world(TYPICAL, seed);
    const reference = quiet.start();
    await quiet.clock.runTo(40 * S);
    reference.stop();
    const { clock, database, chat, start } = world(TYPICAL, seed);
    const bench = database.bench(8, 3);
    const issuer = start();
    await clock.runTo(10 * S);
    const [bad] = issuer.decisions.filter(({ baselineMs }) => baselineMs !== null).slice(-1);
    bench.stop();
    await clock.runTo(50 * S);
    issuer.stop();
    expect(bad!.baselineMs).toBeGreaterThan(1.3 * reference.pacer.decision.baselineMs!);
    expect(issuer.pacer.decision.baselineMs).toBeLessThan(1.25 * reference.pacer.decision.baselineMs!);
    expect(issuer.rate(25 * S, 50 * S) / reference.rate(15 * S, 40 * S)).toBeGreaterThan(0.9);
    expect(issuer.rate(25 * S, 50 * S) / reference.rate(15 * S, 40 * S)).toBeLessThan(1.1);
    expect(p99(chat, 25 * S, 50 * S)).toBeLessThan(2 * p99(quiet.chat, 15 * S, 40 * S));
  });

  test('a baseline does not creep up under the load of the issuer itself', async () => {
    const { clock, start } = world(TYPICAL, seed);
    const issuer = start();
    await clock.runTo(30 * S);
    const early = issuer.pacer.decision.baselineMs!;
    await clock.runTo(120 * S);
    issuer.stop();
    expect(issuer.pacer.decision.baselineMs! / early).toBeLessThan(1.2);
    expect(issuer.pacer.decision.baselineMs! / early).toBeGreaterThan(0.8);
  });

  test('two issuers on one database share it, whichever came first', async () => {
    const alone = world(TYPICAL, seed);
    const single = alone.start();
    await alone.clock.runTo(40 * S);
    single.stop();
    const { clock, start } = world(TYPICAL, seed);
    const first = start();
    await clock.runTo(15 * S);
    const second = start();
    await clock.runTo(75 * S);
    const rates = [first.rate(45 * S, 75 * S), second.rate(45 * S, 75 * S)];
    expect(Math.min(...rates) / Math.max(...rates)).toBeGreaterThan(0.5);
    expect(rates[0]! + rates[1]!).toBeGreaterThan(0.85 * single.rate(10 * S, 40 * S));
    // When one of them goes, the other takes what is free.
    first.stop();
    await clock.runTo(100 * S);
    second.stop();
    expect(second.rate(85 * S, 100 * S)).toBeGreaterThan(0.85 * single.rate(10 * S, 40 * S));
  });

  test('few connections: the wait for one is seen', async () => {
    const { clock, start } = world({ ...TYPICAL, connections: 1 }, seed);
    const issuer = start();
    await clock.runTo(30 * S);
    issuer.stop();
    expect(issuer.decisions.some(({ reason }) => reason === 'waiting')).toBe(true);
    // One connection, one slice of 32 after the other, each 5.8 ms on a core and 1.5 ms for the disk: its queue is
    // short.
    const latencies = issuer.decisions
      .filter(({ at, latencyMs }) => at > 15 * S && latencyMs !== null)
      .map(({ latencyMs }) => latencyMs!);
    expect(latencies.reduce((sum, each) => sum + each, 0) / latencies.length).toBeLessThan(3 * 7.3);
  });
});

test('a database that cannot even take the lower bound gets the lower bound', async () => {
  const { clock, start } = world({ ...TYPICAL, baseMs: 10, recordMs: 100, diskMs: 20 }, 1);
  const issuer = start({ bounds: { minRate: 40, maxRate: null } });
  await clock.runTo(58 * S);
  issuer.stop();
  expect(issuer.decisions.at(-1)).toMatchObject({ target: 40, reason: 'bound' });
  expect(issuer.rate(30 * S, 58 * S)).toBeGreaterThan(1);
});

test('the upper bound is held, and reported', async () => {
  const { clock, start } = world(TYPICAL, 1);
  const issuer = start({ bounds: { minRate: 10, maxRate: 500 } });
  await clock.runTo(60 * S);
  issuer.stop();
  expect(issuer.rate(10 * S, 60 * S)).toBeLessThan(505);
  expect(issuer.rate(10 * S, 60 * S)).toBeGreaterThan(475);
  expect(
    issuer.decisions.filter(({ at }) => at > 10 * S).every(({ reason }) => reason === 'bound' || reason === 'probing'),
  ).toBe(true);
  expect(issuer.decisions.every(({ rate }) => rate <= 500)).toBe(true);
});

test('a queue that runs dry and fills again: the old rate is soon back', async () => {
  const { clock, start } = world(TYPICAL, 1);
  const issuer = start();
  await clock.runTo(25 * S);
  const before = issuer.rate(10 * S, 25 * S);
  issuer.drain();
  await clock.runTo(30 * S);
  // A trickle: the target stays within the earlier used rate.
  for (let ms = 30 * S; ms < 60 * S; ms += 200) {
    issuer.fill(2);
    await clock.runTo(ms);
  }
  expect(Math.max(...issuer.decisions.filter(({ at }) => at > 30 * S).map(({ target }) => target))).toBeLessThan(
    1.15 * before,
  );
  issuer.fill(1_000_000);
  await clock.runTo(80 * S);
  issuer.stop();
  expect(reaches(issuer, 0.85 * before, 60 * S)).toBeLessThan(5 * S);
});
