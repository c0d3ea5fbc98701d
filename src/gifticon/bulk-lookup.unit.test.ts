import { LateAnswerError, createBulkLookup } from './bulk-lookup.js';

interface FakeTimers {
  useFakeTimers(): unknown;
  useRealTimers(): unknown;
  advanceTimersByTimeAsync(ms: number): Promise<void>;
}
const { jest } = import.meta as unknown as { readonly jest: FakeTimers };

/** A store that answers when the test says so. */
function slowStore() {
  const calls: {
    readonly keys: readonly string[];
    readonly answer: () => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const load = (keys: readonly string[]): Promise<ReadonlyMap<string, number>> =>
    new Promise((resolve, reject) => {
      const found = new Map(keys.filter((key) => key !== 'none').map((key) => [key, key.length]));
      calls.push({ keys, answer: () => resolve(found), fail: reject });
    });
  const lookup = (timeoutMs: number) => createBulkLookup({ load, maxKeys: 100, timeoutMs });
  const called = async (times: number) => {
    while (calls.length < times) await new Promise((resolve) => setImmediate(resolve));
  };
  return { calls, lookup, called };
}

test('lookups of one moment share a call, and those that come meanwhile the next', async () => {
  const { calls, lookup, called } = slowStore();
  const { find } = lookup(5_000);
  const first = [find('a'), find('bb'), find('a'), find('none')];
  await called(1);
  const second = [find('ccc'), find('a')];
  calls[0]!.answer();
  expect(await Promise.all(first)).toEqual([1, 2, 1, undefined]);
  await called(2);
  calls[1]!.answer();
  expect(await Promise.all(second)).toEqual([3, 1]);
  expect(calls.map(({ keys }) => keys)).toEqual([
    ['a', 'bb', 'none'],
    ['ccc', 'a'],
  ]);
});

test('a failure fails all lookups of the call, and the next call is made again', async () => {
  const { calls, lookup, called } = slowStore();
  const { find } = lookup(5_000);
  const answers = Promise.allSettled([find('a'), find('b')]);
  await called(1);
  calls[0]!.fail(new Error('away'));
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const again = find('a');
  await called(2);
  calls[1]!.answer();
  expect(await again).toBe(1);
});

test('a store that hangs keeps nobody waiting, and gets no second call meanwhile', async () => {
  const { calls, lookup, called } = slowStore();
  const { find } = lookup(30);
  const [one, queued] = [find('a'), called(1).then(() => find('b'))];
  await expect(one).rejects.toThrow(LateAnswerError);
  await expect(queued).rejects.toThrow(LateAnswerError);
  await expect(find('c')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect(calls).toHaveLength(1);
  calls[0]!.answer();
  await new Promise((resolve) => setImmediate(resolve));
  const again = find('d');
  await called(2);
  calls[1]!.answer();
  expect(await again).toBe(1);
});

test('a very late answer does not end the wait for the call that replaced it', async () => {
  jest.useFakeTimers();
  try {
    const { calls, lookup } = slowStore();
    const { find } = lookup(30);
    const late = expect(find('a')).rejects.toThrow(LateAnswerError);
    await jest.advanceTimersByTimeAsync(6_000);
    await late;
    const second = expect(find('b')).rejects.toThrow(LateAnswerError);
    await jest.advanceTimersByTimeAsync(100);
    await second;
    expect(calls.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
    calls[0]!.answer();
    await jest.advanceTimersByTimeAsync(1);
    const third = expect(find('c')).rejects.toThrow(LateAnswerError);
    await jest.advanceTimersByTimeAsync(100);
    await third;
    expect(calls).toHaveLength(2);
    calls[1]!.answer();
    await jest.advanceTimersByTimeAsync(1);
    const fourth = find('dd');
    await jest.advanceTimersByTimeAsync(1);
    calls[2]!.answer();
    expect(await fourth).toBe(2);
  } finally {
    jest.useRealTimers();
  }
});
