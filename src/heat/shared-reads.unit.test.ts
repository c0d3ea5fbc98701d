import fc from 'fast-check';
import { until } from '../../test/support/conditions.js';
import { position } from '../events/ids.js';
import { pause } from '../platform/retry.js';
import type { SharedReadsOptions } from './shared-reads.js';
import { createSharedReads } from './shared-reads.js';

const never = new AbortController().signal;
const reads = (options: Partial<SharedReadsOptions<string>> = {}) =>
  createSharedReads<string>({ maxAgeMs: 60_000, minGapMs: 0, maxWeight: 1e6, weigh: (value) => value.length, keep: () => true, ...options });

/** A read that the test lets end. */
function held() {
  const begun: (() => void)[] = [];
  const beginning = new Promise<void>((resolve) => begun.push(resolve));
  let end: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  let calls = 0;
  const value = new Promise<string>((resolve, reject) => ([end, fail] = [resolve, reject]));
  value.catch(() => undefined);
  return {
    beginning,
    end: (text: string) => end(text),
    fail: (error: Error) => fail(error),
    calls: () => calls,
    read: () => {
      calls++;
      begun[0]!();
      return value;
    },
  };
}
const unwanted = (): Promise<string> => Promise.reject(new Error('this one was not to be read'));

test('all who ask before and while a read runs share it, and who asks soon after gets what it found', async () => {
  const shared = reads();
  const page = held();
  const first = shared.read('k', position(0), page.read);
  const before = shared.read('k', position(0), unwanted);
  await page.beginning;
  const meanwhile = shared.read('k', position(0), unwanted);
  page.end('page');
  expect(await Promise.all([first, before, meanwhile])).toEqual([
    { value: 'page', outcome: 'fresh' },
    { value: 'page', outcome: 'coalesced' },
    { value: 'page', outcome: 'coalesced' },
  ]);
  expect(await shared.read('k', position(0), unwanted)).toEqual({ value: 'page', outcome: 'cached' });
  expect(page.calls()).toBe(1);
});

test('keys have nothing to do with each other', async () => {
  const shared = reads();
  void shared.read('a', position(0), held().read);
  expect(await shared.read('b', position(0), () => Promise.resolve('b'))).toEqual({ value: 'b', outcome: 'fresh' });
});

test('tells beforehand whether asking would begin a read', async () => {
  const shared = reads();
  const [one, two] = [held(), held()];
  expect(shared.has('k', position(0))).toBe(false);
  const first = shared.read('k', position(0), one.read);
  expect([shared.has('k', position(0)), shared.has('k', position(5))]).toEqual([true, true]);
  await one.beginning;
  expect([shared.has('k', position(0)), shared.has('k', position(5))]).toEqual([true, false]);
  const second = shared.read('k', position(5), two.read);
  expect(shared.has('k', position(9))).toBe(true);
  one.end('1');
  two.end('2');
  await Promise.all([first, second]);
  expect([shared.has('k', position(5)), shared.has('k', position(6))]).toEqual([true, false]);
});

test('what is older than it may be is read again', async () => {
  const shared = reads({ maxAgeMs: 5 });
  await shared.read('k', position(0), () => Promise.resolve('old'));
  await until(() => !shared.has('k', position(0)), 'it to be too old');
  expect(await shared.read('k', position(0), () => Promise.resolve('new'))).toEqual({ value: 'new', outcome: 'fresh' });
});

test('a read that has been under way for longer is waited for, and not joined', async () => {
  const shared = reads({ maxAgeMs: 5 });
  const slow = held();
  let ended = false;
  const first = shared.read('k', position(0), slow.read).finally(() => (ended = true));
  await slow.beginning;
  await until(() => !shared.has('k', position(0)), 'it to take too long');
  const second = shared.read('k', position(0), () => Promise.resolve(ended ? 'new' : 'too early'));
  slow.end('old');
  expect([(await first).value, (await second).value]).toEqual(['old', 'new']);
});

test('two reads begin no closer together than they may', async () => {
  const shared = reads({ minGapMs: 40 });
  const begun: number[] = [];
  for (const needed of [1, 2, 3]) {
    await shared.read('k', position(needed), () => {
      begun.push(performance.now());
      return Promise.resolve('');
    });
  }
  for (const [n, at] of begun.slice(1).entries()) expect(at - begun[n]!).toBeGreaterThanOrEqual(39);
});

test('who needs more than is at hand gets a read of its own, on behalf of the one who needs most', async () => {
  const shared = reads();
  const [one, nine] = [held(), held()];
  const first = shared.read('k', position(1), one.read);
  await one.beginning;
  const five = shared.read('k', position(5), unwanted);
  const most = shared.read('k', position(9), nine.read);
  const seven = shared.read('k', position(7), unwanted);
  const little = shared.read('k', position(0), unwanted);
  one.end('holds 1');
  nine.end('holds 9');
  expect((await Promise.all([first, five, most, seven, little])).map(({ value }) => value)).toEqual(['holds 1', 'holds 9', 'holds 9', 'holds 9', 'holds 1']);
  expect((await shared.read('k', position(9), unwanted)).outcome).toBe('cached');
});

test('a failure is that of all who wait, and the next to ask reads again', async () => {
  const shared = reads();
  const page = held();
  const waiting = [shared.read('k', position(0), page.read), shared.read('k', position(0), unwanted)];
  const after = page.beginning.then(() => shared.read('k', position(1), () => Promise.resolve('again')));
  await page.beginning;
  page.fail(new Error('away'));
  for (const each of waiting) await expect(each).rejects.toThrow('away');
  expect((await after).value).toBe('again');
  expect(await shared.read('k', position(0), unwanted)).toEqual({ value: 'again', outcome: 'cached' });
});

test('what is not to be kept goes to those alone who waited', async () => {
  const shared = reads({ keep: (value) => value !== 'refused' });
  const page = held();
  const waiting = [shared.read('k', position(0), page.read), shared.read('k', position(0), unwanted)];
  page.end('refused');
  expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual(['refused', 'refused']);
  expect(await shared.read('k', position(0), () => Promise.resolve('page'))).toEqual({ value: 'page', outcome: 'fresh' });
});

describe('what all weigh together is bounded', () => {
  test('the least used goes first', async () => {
    const shared = reads({ maxWeight: 3_500, weigh: () => 500 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) await shared.read(key, position(0), () => Promise.resolve(key));
    expect(['a', 'b', 'c', 'd'].map((key) => shared.has(key, position(0)))).toEqual([true, false, true, true]);
  });

  test('keys count: a client chooses them', async () => {
    const shared = reads({ maxWeight: 10_000 });
    const long = 'k'.repeat(3_000);
    for (const n of [1, 2, 3]) await shared.read(long + n, position(0), () => Promise.resolve(''));
    expect([1, 2, 3].map((n) => shared.has(long + n, position(0)))).toEqual([false, false, true]);
  });

  test('what is heavier than all may be is given, and not kept', async () => {
    const shared = reads({ maxWeight: 1_000, weigh: () => 5_000 });
    expect((await shared.read('k', position(0), () => Promise.resolve('page'))).value).toBe('page');
    expect(shared.has('k', position(0))).toBe(false);
  });
});

test('whatever the order: everyone gets what holds enough and is new enough, and one read runs at a time', async () => {
  const maxAgeMs = 8;
  const asks = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 6 }), writes: fc.boolean(), takesMs: fc.integer({ min: 0, max: 12 }) }), { minLength: 20, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(asks, async (all) => {
      const shared = createSharedReads<{ readonly holds: number; readonly begun: number }>({ maxAgeMs, minGapMs: 3, maxWeight: 1e6, weigh: () => 1, keep: () => true });
      let written = 0;
      let running = 0;
      const done = [];
      for (const { afterMs, writes, takesMs } of all) {
        await pause(afterMs, never);
        if (writes) written++;
        const needed = writes ? written : 0;
        const askedAt = performance.now();
        const read = async () => {
          expect(++running).toBe(1);
          const found = { holds: written, begun: performance.now() };
          await pause(takesMs, never);
          running--;
          return found;
        };
        done.push(shared.read('k', position(needed), read).then(({ value }) => ({ needed, askedAt, value })));
      }
      for (const { needed, askedAt, value } of await Promise.all(done)) {
        expect(value.holds).toBeGreaterThanOrEqual(needed);
        // A hundredth more for what lies between the two looks at the clock.
        expect(askedAt - value.begun).toBeLessThanOrEqual(maxAgeMs + 1);
      }
    }),
    { numRuns: 10 },
  );
});
