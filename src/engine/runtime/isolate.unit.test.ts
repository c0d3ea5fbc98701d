import { isolate } from './isolate.js';

const FAULT = new Error('no');

/** Handles whole batches of numbers, apart from those in `bad`, and none behind `held`. */
function setUp(bad: readonly number[], held = Infinity) {
  const handled: number[] = [];
  const behind: (number | undefined)[] = [];
  return {
    handled,
    behind,
    handle: (items: readonly number[], after: number | undefined): Promise<number> => {
      if (items.some((item) => bad.includes(item))) return Promise.reject(FAULT);
      const taken = items.filter((item) => item < held);
      handled.push(...taken);
      behind.push(after);
      return Promise.resolve(taken.length);
    },
  };
}

const isTheirs = (error: unknown): boolean => error === FAULT;
const ten = Array.from({ length: 10 }, (_, index) => index);

test('items that fit are handled at once', async () => {
  const { handled, handle } = setUp([]);
  expect(await isolate(ten, { handle, isTheirs })).toEqual({ done: 10, refused: null });
  expect(handled).toEqual(ten);
});

test.each(ten)('item %d alone is refused: all before it are handled, none behind it', async (bad) => {
  const { handled, behind, handle } = setUp([bad, 9]);
  expect(await isolate(ten, { handle, isTheirs })).toEqual({ done: bad, refused: { item: bad, error: FAULT } });
  expect(handled).toEqual(ten.slice(0, bad));
  // The item behind those that were handled last.
  expect(behind.at(-1)).toBe(bad === 0 ? undefined : bad);
});

test('an item that has to wait keeps those behind it waiting, also in halves', async () => {
  const { handled, handle } = setUp([9], 3);
  expect(await isolate(ten, { handle, isTheirs })).toEqual({ done: 3, refused: null });
  expect(handled).toEqual([0, 1, 2]);
});

test('a failure that is none of theirs ends the work, also of one that stands alone', async () => {
  const { handle } = setUp([4]);
  const alone: boolean[] = [];
  const refused = isolate(ten, {
    handle,
    isTheirs(_error, isAlone) {
      alone.push(isAlone);
      return !isAlone;
    },
  });
  await expect(refused).rejects.toBe(FAULT);
  expect(alone.at(-1)).toBe(true);
});

test('an item that succeeds at the second try is handled', async () => {
  let tries = 0;
  const handle = (): Promise<number> => (tries++ === 0 ? Promise.reject(FAULT) : Promise.resolve(1));
  expect(await isolate([0], { handle, isTheirs })).toEqual({ done: 1, refused: null });
});
