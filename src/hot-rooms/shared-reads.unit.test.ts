import fc from 'fast-check';
import { until } from '../../test/support/conditions.js';
import { position } from '../engine/domain/ids.js';
import { pause } from '../engine/runtime/retry.js';
import type { SharedReadsOptions } from './shared-reads.js';
import { createSharedReads } from './shared-reads.js';

const never = new AbortController().signal;
const reads = (options: Partial<SharedReadsOptions<string>> = {}) =>
  createSharedReads<string>({
    minGapMs: 0,
    maxWeight: 1e6,
    weigh: (value) => value.length,
    keep: () => true,
    ...options,
  });

const ask = (key: string, needed: number, maxAgeMs = 60_000, sure = 0) => ({
  key,
  needed: position(needed),
  maxAgeMs,
  sure: () => position(sure),
  refreshesAhead: true,
});

/** A read that ends when the test ends it. */
function held() {
  const begun: (() => void)[] = [];
  const beginning = new Promise<void>((resolve) => begun.push(resolve));
  let end: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  let calls = 0;
  let asked = -1;
  const value = new Promise<string>((resolve, reject) => ([end, fail] = [resolve, reject]));
  value.catch(() => undefined);
  return {
    beginning,
    end: (text: string) => end(text),
    fail: (error: Error) => fail(error),
    calls: () => calls,
    /** The position that it had to hold. */
    asked: () => asked,
    read: (holds: number) => {
      calls++;
      asked = holds;
      begun[0]!();
      return value;
    },
  };
}
const unwanted = (): Promise<string> => Promise.reject(new Error('this one was not to be read'));

test('a read is shared by callers before, during and soon after it', async () => {
  const shared = reads();
  const page = held();
  const first = shared.read(ask('k', 0), page.read);
  const before = shared.read(ask('k', 0), unwanted);
  await page.beginning;
  const meanwhile = shared.read(ask('k', 0), unwanted);
  page.end('page');
  expect(await Promise.all([first, before, meanwhile])).toEqual([
    { value: 'page', outcome: 'fresh' },
    { value: 'page', outcome: 'coalesced' },
    { value: 'page', outcome: 'coalesced' },
  ]);
  expect(await shared.read(ask('k', 0), unwanted)).toEqual({ value: 'page', outcome: 'cached' });
  expect(page.calls()).toBe(1);
});

test('keys have nothing to do with each other', async () => {
  const shared = reads();
  void shared.read(ask('a', 0), held().read);
  expect(await shared.read(ask('b', 0), () => Promise.resolve('b'))).toEqual({ value: 'b', outcome: 'fresh' });
});

test('says beforehand whether a call would begin a read', async () => {
  const shared = reads();
  const [one, two] = [held(), held()];
  expect(shared.has(ask('k', 0))).toBe(false);
  const first = shared.read(ask('k', 0), one.read);
  expect([shared.has(ask('k', 0)), shared.has(ask('k', 5))]).toEqual([true, true]);
  await one.beginning;
  expect([shared.has(ask('k', 0)), shared.has(ask('k', 5))]).toEqual([true, false]);
  const second = shared.read(ask('k', 5), two.read);
  expect(shared.has(ask('k', 9))).toBe(true);
  one.end('1');
  two.end('2');
  await Promise.all([first, second]);
  expect([shared.has(ask('k', 5)), shared.has(ask('k', 6))]).toEqual([true, false]);
});

test('a value that is too old is read again', async () => {
  const shared = reads();
  await shared.read(ask('k', 0), () => Promise.resolve('old'));
  await until(() => !shared.has(ask('k', 0, 5)), 'it to be too old');
  expect(await shared.read(ask('k', 0, 5), () => Promise.resolve('new'))).toEqual({ value: 'new', outcome: 'fresh' });
});

describe('an ageing value is refreshed while it is still handed out', () => {
  /** A caller for whom the present value, of any age, is just not too old. */
  const almostTooOld = async (
    shared: ReturnType<typeof reads>,
    read: (holds: number, ahead: boolean) => Promise<string> = () => Promise.resolve('old'),
  ) => {
    let begun = 0;
    await shared.read(ask('k', 0), (...holds) => {
      begun = performance.now();
      return read(...holds);
    });
    await until(() => performance.now() - begun > 200, 'the value to age');
    return () => ask('k', 0, 1.5 * (performance.now() - begun));
  };

  test('once for any number of callers, and nobody waits', async () => {
    const shared = reads();
    const almost = await almostTooOld(shared);
    const page = held();
    const asked = [shared.read(almost(), page.read), shared.read(ask('k', 0, 30_000), unwanted)];
    expect((await Promise.all(asked)).map(({ value, outcome }) => [value, outcome])).toEqual([
      ['old', 'cached'],
      ['old', 'cached'],
    ]);
    await page.beginning;
    const meanwhile = shared.read(ask('k', 0, 30_000), unwanted);
    expect((await meanwhile).value).toBe('old');
    page.end('new');
    await until(async () => (await shared.read(ask('k', 0), unwanted)).value === 'new', 'the new one');
    expect(page.calls()).toBe(1);
  });

  test('and the read knows that nobody waits', async () => {
    const shared = reads();
    const ahead: boolean[] = [];
    const tell = (value: string) => (_holds?: number, isAhead?: boolean) => (
      ahead.push(isAhead === true),
      Promise.resolve(value)
    );
    const almost = await almostTooOld(shared, tell('old'));
    await shared.read(almost(), tell('new'));
    await until(() => ahead.length === 2, 'the read ahead');
    expect(ahead).toEqual([false, true]);
  });

  test('not where the caller refuses it', async () => {
    const shared = reads();
    const almost = await almostTooOld(shared);
    expect((await shared.read({ ...almost(), refreshesAhead: false }, unwanted)).value).toBe('old');
    // The next read is the next caller's.
    expect((await shared.read(ask('k', 1), () => Promise.resolve('new'))).outcome).toBe('fresh');
  });

  test('a caller who needs more waits for it, without another read', async () => {
    const shared = reads();
    const almost = await almostTooOld(shared);
    const page = held();
    await shared.read(almost(), unwanted);
    const waiting = shared.read(ask('k', 5, 30_000), page.read);
    page.end('holds 5');
    expect((await waiting).value).toBe('holds 5');
  });

  test('its failure reaches nobody, and the next caller reads again', async () => {
    const shared = reads();
    const almost = await almostTooOld(shared);
    const [away, back] = [held(), held()];
    expect((await shared.read(almost(), away.read)).value).toBe('old');
    await away.beginning;
    away.fail(new Error('away'));
    back.end('new');
    await until(async () => (await shared.read(almost(), back.read)).value === 'new', 'the next read');
    expect(back.calls()).toBe(1);
  });
});

test('a read that began too long ago is waited for, and not joined', async () => {
  const shared = reads();
  const slow = held();
  let ended = false;
  const first = shared.read(ask('k', 0), slow.read).finally(() => (ended = true));
  await slow.beginning;
  await until(() => !shared.has(ask('k', 0, 5)), 'it to take too long');
  const second = shared.read(ask('k', 0, 5), () => Promise.resolve(ended ? 'new' : 'too early'));
  slow.end('old');
  expect([(await first).value, (await second).value]).toEqual(['old', 'new']);
});

test('two reads begin with the gap between them', async () => {
  const shared = reads({ minGapMs: 40 });
  const begun: number[] = [];
  for (const needed of [1, 2, 3]) {
    await shared.read(ask('k', needed), () => {
      begun.push(performance.now());
      return Promise.resolve('');
    });
  }
  for (const [n, at] of begun.slice(1).entries()) expect(at - begun[n]!).toBeGreaterThanOrEqual(39);
});

test('callers who need more get a read of their own, for the largest need', async () => {
  const shared = reads();
  const [one, nine] = [held(), held()];
  const first = shared.read(ask('k', 1), one.read);
  await one.beginning;
  const five = shared.read(ask('k', 5), unwanted);
  const most = shared.read(ask('k', 9), nine.read);
  const seven = shared.read(ask('k', 7), unwanted);
  const little = shared.read(ask('k', 0), unwanted);
  one.end('holds 1');
  nine.end('holds 9');
  expect((await Promise.all([first, five, most, seven, little])).map(({ value }) => value)).toEqual([
    'holds 1',
    'holds 9',
    'holds 9',
    'holds 9',
    'holds 1',
  ]);
  expect((await shared.read(ask('k', 9), unwanted)).outcome).toBe('cached');
});

test('the position that a read holds in any case counts, as of its beginning', async () => {
  const shared = reads();
  const [one, two] = [held(), held()];
  const first = shared.read(ask('k', 0, 60_000, 4), one.read);
  await one.beginning;
  let sure = 5;
  const second = shared.read({ ...ask('k', 6), sure: () => position(sure) }, two.read);
  sure = 8;
  one.end('holds 4');
  two.end('holds 8');
  await Promise.all([first, second]);
  expect([one.asked(), two.asked()]).toEqual([4, 8]);
  expect((await shared.read(ask('k', 8), unwanted)).value).toBe('holds 8');
  expect(shared.has(ask('k', 9))).toBe(false);
});

test('a failure reaches all who wait, and the next caller reads again', async () => {
  const shared = reads();
  const page = held();
  const waiting = [shared.read(ask('k', 0), page.read), shared.read(ask('k', 0), unwanted)];
  const after = page.beginning.then(() => shared.read(ask('k', 1), () => Promise.resolve('again')));
  await page.beginning;
  page.fail(new Error('away'));
  for (const each of waiting) await expect(each).rejects.toThrow('away');
  expect((await after).value).toBe('again');
  expect(await shared.read(ask('k', 0), unwanted)).toEqual({ value: 'again', outcome: 'cached' });
});

test('a value that is not kept goes only to those who waited', async () => {
  const shared = reads({ keep: (value) => value !== 'refused' });
  const page = held();
  const waiting = [shared.read(ask('k', 0), page.read), shared.read(ask('k', 0), unwanted)];
  page.end('refused');
  expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual(['refused', 'refused']);
  expect(await shared.read(ask('k', 0), () => Promise.resolve('page'))).toEqual({ value: 'page', outcome: 'fresh' });
});

describe('the total weight is bounded', () => {
  test('the least used goes first', async () => {
    const shared = reads({ maxWeight: 3_500, weigh: () => 500 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) await shared.read(ask(key, 0), () => Promise.resolve(key));
    expect(['a', 'b', 'c', 'd'].map((key) => shared.has(ask(key, 0)))).toEqual([true, false, true, true]);
  });

  test('keys count: a client chooses them', async () => {
    const shared = reads({ maxWeight: 10_000 });
    const long = 'k'.repeat(3_000);
    for (const n of [1, 2, 3]) await shared.read(ask(long + n, 0), () => Promise.resolve(''));
    expect([1, 2, 3].map((n) => shared.has(ask(long + n, 0)))).toEqual([false, false, true]);
  });

  test('a value above the limit is handed out, and not kept', async () => {
    const shared = reads({ maxWeight: 1_000, weigh: () => 5_000 });
    expect((await shared.read(ask('k', 0), () => Promise.resolve('page'))).value).toBe('page');
    expect(shared.has(ask('k', 0))).toBe(false);
  });
});

test('in any order: each gets enough, new enough, with one read at a time', async () => {
  const maxAgeMs = 8;
  const asks = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 6 }),
      writes: fc.boolean(),
      takesMs: fc.integer({ min: 0, max: 12 }),
    }),
    { minLength: 20, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(asks, async (all) => {
      const shared = createSharedReads<{ readonly holds: number; readonly begun: number }>({
        minGapMs: 3,
        maxWeight: 1e6,
        weigh: () => 1,
        keep: () => true,
      });
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
        done.push(shared.read(ask('k', needed, maxAgeMs), read).then(({ value }) => ({ needed, askedAt, value })));
      }
      for (const { needed, askedAt, value } of await Promise.all(done)) {
        expect(value.holds).toBeGreaterThanOrEqual(needed);
        // A millisecond more, for the time between two readings of the clock.
        expect(askedAt - value.begun).toBeLessThanOrEqual(maxAgeMs + 1);
      }
    }),
    { numRuns: 10 },
  );
});

test('after an erasure no earlier value is handed out or kept', async () => {
  const shared = reads();
  await shared.read(ask('kept', 0), () => Promise.resolve('words'));
  const page = held();
  const running = shared.read(ask('running', 0), page.read);
  await page.beginning;
  shared.clear();
  page.end('words');
  expect(await running).toEqual({ value: 'words', outcome: 'fresh' });
  for (const key of ['kept', 'running']) {
    expect(shared.has(ask(key, 0))).toBe(false);
    expect(await shared.read(ask(key, 0), () => Promise.resolve('erased'))).toEqual({
      value: 'erased',
      outcome: 'fresh',
    });
    expect(await shared.read(ask(key, 0), unwanted)).toEqual({ value: 'erased', outcome: 'cached' });
  }
});
