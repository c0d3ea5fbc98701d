import { createSimulatedClock } from '../../../test/support/simulated-clock.js';
import type { Decision } from './controller.js';
import type { Clock, Pacer } from './pacer.js';
import { PACER, createPacer, sliceOf } from './pacer.js';

/** A constant rate, without probing. */
const fixed = (rate: number) => ({ bounds: { minRate: rate, maxRate: rate } });
const signal = (): AbortSignal => new AbortController().signal;

interface Work {
  readonly counts: number[];
  readonly order: number[];
}

/** Partitions with endless work, stored at once. */
function work(pacer: Pacer, partitions: number): Work {
  const done: Work = { counts: Array.from({ length: partitions }, () => 0), order: [] };
  const never = Array.from({ length: partitions }, signal);
  const loop = async (partition: number): Promise<void> => {
    for (;;) {
      const admitted = await pacer.admit(partition, 1_000, never[partition]!);
      if (admitted === 0) return;
      done.counts[partition]! += admitted;
      done.order.push(partition);
      pacer.stored({ partition, records: admitted, waitMs: 0, commitMs: 1 });
    }
  };
  for (let partition = 0; partition < partitions; partition++) void loop(partition);
  return done;
}

const total = ({ counts }: Work): number => counts.reduce((sum, count) => sum + count, 0);

test.each([1, 10, 37.5, 333, 4_321, 20_000])('at a fixed rate of %d a second the average is exact', async (rate) => {
  const clock = createSimulatedClock();
  const pacer = createPacer({ ...fixed(rate), clock });
  const done = work(pacer, 6);
  await clock.runTo(1_000);
  const early = total(done);
  await clock.runTo(41_000);
  pacer.stop();
  expect(Math.abs(total(done) - early - 40 * rate)).toBeLessThanOrEqual(sliceOf(rate));
});

test('late timers are compensated', async () => {
  const exact = createSimulatedClock();
  const late: Clock = { now: exact.now, after: (ms, call) => exact.after(ms + 7, call) };
  const pacer = createPacer({ ...fixed(4_000), clock: late });
  const done = work(pacer, 6);
  await exact.runTo(20_000);
  pacer.stop();
  expect(total(done) / 20).toBeGreaterThan(3_980);
  expect(total(done) / 20).toBeLessThan(4_020);
});

test('the clock of the system: no faster than the rate', async () => {
  const pacer = createPacer(fixed(1_000));
  const started = performance.now();
  for (let admitted = 0; admitted < 500;) {
    const slice = await pacer.admit(0, 500, signal());
    admitted += slice;
    pacer.stored({ partition: 0, records: slice, waitMs: 0, commitMs: 1 });
  }
  pacer.stop();
  // The first slice was free.
  expect(performance.now() - started).toBeGreaterThan(450);
});

test('partitions take turns in the order in which they asked', async () => {
  const clock = createSimulatedClock();
  const pacer = createPacer({ ...fixed(1_000), clock });
  const done = work(pacer, 4);
  await clock.runTo(10_000);
  pacer.stop();
  expect(done.order.slice(4, 44)).toEqual(Array.from({ length: 40 }, (_, index) => index % 4));
  expect(Math.max(...done.counts) - Math.min(...done.counts)).toBeLessThanOrEqual(32);
});

test('a slice grows with the rate, up to the wanted size', async () => {
  expect([1, 10, 100, 400, 640, 10_000].map(sliceOf)).toEqual([1, 1, 5, 20, 32, 32]);
  const clock = createSimulatedClock();
  const pacer = createPacer({ ...fixed(10_000), clock });
  const sizes = [pacer.admit(0, 3, signal()), pacer.admit(1, 500, signal())];
  await clock.runTo(100);
  pacer.stop();
  expect(await Promise.all(sizes)).toEqual([3, 32]);
});

test('after a pause there is one slice at once, not all unused ones', async () => {
  const clock = createSimulatedClock();
  const pacer = createPacer({ ...fixed(1_000), clock });
  await clock.runTo(60_000);
  const done = work(pacer, 6);
  await clock.runTo(60_100);
  pacer.stop();
  expect(total(done)).toBeLessThanOrEqual(32 + 100 + 32);
});

test('without requests no timer runs, and the next request passes', async () => {
  const clock = createSimulatedClock();
  const decisions: Decision[] = [];
  const pacer = createPacer({ ...fixed(100), clock, onDecision: (decision) => decisions.push(decision) });
  expect(clock.pending).toBe(0);
  for (let round = 1; round <= 3; round++) {
    await clock.runTo(round * 63_000);
    expect(await pacer.admit(0, 5, signal())).toBe(5);
    await clock.runTo(round * 63_000 + 2);
    pacer.stored({ partition: 0, records: 5, waitMs: 0, commitMs: 2 });
    await clock.runTo(round * 63_000 + 2 + PACER.restMs + 2 * PACER.tickMs);
    expect(clock.pending).toBe(0);
  }
  expect(decisions.length).toBeGreaterThan(10);
  expect(pacer.decision.latencyMs).toBe(2);
});

test('an aborted waiter gets 0, and does not block the next', async () => {
  const clock = createSimulatedClock();
  const pacer = createPacer({ ...fixed(10), clock });
  await pacer.admit(0, 1, signal());
  const leaving = new AbortController();
  const left = pacer.admit(1, 1, leaving.signal);
  const next = pacer.admit(2, 1, signal());
  expect(pacer.waiting).toBe(2);
  leaving.abort();
  expect(await left).toBe(0);
  expect(pacer.waiting).toBe(1);
  await clock.runTo(101);
  expect(await next).toBe(1);
  expect(await pacer.admit(3, 1, AbortSignal.abort())).toBe(0);
  pacer.stop();
});

test('admitted requests that are not stored come back, failed ones do not', async () => {
  const clock = createSimulatedClock();
  const pacer = createPacer({ ...fixed(100), clock });
  expect(await pacer.admit(0, 5, signal())).toBe(5);
  // None of it could be decided, as in a paused campaign.
  expect(await pacer.admit(0, 5, signal())).toBe(5);
  pacer.stored({ partition: 0, records: 2, waitMs: 0, commitMs: 1 });
  expect(await pacer.admit(0, 3, signal())).toBe(3);
  pacer.failed(0, new Error('no'));
  const after = pacer.admit(0, 3, signal());
  expect(pacer.waiting).toBe(1);
  await clock.runTo(29);
  expect(pacer.waiting).toBe(1);
  await clock.runTo(31);
  expect(await after).toBe(3);
  pacer.stop();
});

test('a commit that does not come back is seen while it runs; one of many is no stall', async () => {
  const clock = createSimulatedClock();
  const pacer = createPacer({ bounds: { minRate: 10, maxRate: null }, clock });
  await pacer.admit(0, 1, signal());
  await clock.runTo(1_500);
  expect(pacer.decision.reason).toBe('stalled');
  const others = work(pacer, 2);
  await clock.runTo(6_000);
  expect(total(others)).toBeGreaterThan(100);
  expect(pacer.decision.reason).not.toBe('stalled');
  pacer.stop();
});

test('admitted work without an outcome is forgotten, with its timers', async () => {
  const clock = createSimulatedClock();
  const pacer = createPacer({ ...fixed(100), clock });
  await pacer.admit(0, 5, signal());
  await clock.runTo(PACER.forgottenMs - 1_000);
  expect(clock.pending).toBeGreaterThan(0);
  await clock.runTo(PACER.forgottenMs + PACER.restMs + 1_000);
  expect(clock.pending).toBe(0);
});

test('stopped, it releases all waiters with 0, and keeps no timer', async () => {
  const clock = createSimulatedClock();
  const pacer = createPacer({ ...fixed(1), clock });
  await pacer.admit(0, 1, signal());
  const waiting = [pacer.admit(1, 1, signal()), pacer.admit(2, 1, signal())];
  pacer.stop();
  expect(await Promise.all(waiting)).toEqual([0, 0]);
  expect(await pacer.admit(0, 1, signal())).toBe(0);
  pacer.stored({ partition: 0, records: 1, waitMs: 0, commitMs: 1 });
  expect(clock.pending).toBe(0);
});
