import { iteration } from './iteration.js';

function setUp() {
  const waiting: ((value: { readonly n: number } | undefined) => void)[] = [];
  const ended: string[] = [];
  const iterated = iteration<{ readonly n: number }>({
    next: () => new Promise((resolve) => waiting.push(resolve)),
    end: () => ended.push('ended'),
  });
  return { waiting, ended, iterated };
}

test('gives each value, and is over with undefined', async () => {
  const { waiting, ended, iterated } = setUp();
  const [first, last] = [iterated.next(), iterated.next()];
  waiting[0]!({ n: 1 });
  waiting[1]!(undefined);
  expect(await first).toEqual({ done: false, value: { n: 1 } });
  expect(await last).toEqual({ done: true, value: undefined });
  expect(ended).toEqual([]);
});

test('a return ends it while a next still waits', async () => {
  const { ended, iterated } = setUp();
  void iterated.next();
  expect(await iterated.return()).toEqual({ done: true, value: undefined });
  expect(ended).toEqual(['ended']);
});

test('what a reader throws into it ends it, and is thrown', async () => {
  const { ended, iterated } = setUp();
  const error = new Error('the reader failed');
  await expect(iterated.throw(error)).rejects.toBe(error);
  expect(ended).toEqual(['ended']);
});

test('a loop that is left ends it', async () => {
  const { waiting, ended, iterated } = setUp();
  const left = (async () => {
    for await (const { n } of iterated) if (n === 1) break;
  })();
  waiting[0]!({ n: 1 });
  await left;
  expect(ended).toEqual(['ended']);
});
