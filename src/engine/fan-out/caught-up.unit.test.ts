import { until } from '../../../test/support/conditions.js';
import { position } from '../domain/ids.js';
import { createCaughtUp } from './caught-up.js';

/** Two partitions, whose readers stand where the test says. */
function site() {
  const state = {
    heads: [5, 5],
    at: [5, 5],
    looks: 0,
    fails: false,
    told: [] as number[],
    onGrown: () => undefined as void,
  };
  const caughtUp = createCaughtUp({
    heads() {
      state.looks++;
      return state.fails ? Promise.reject(new Error('away')) : Promise.resolve(state.heads.map(position));
    },
    reader: (partition) => ({
      get position() {
        return position(state.at[partition]!);
      },
      grown(head) {
        state.told.push(head);
        state.onGrown();
      },
    }),
  });
  return { state, caughtUp };
}

test('however many ask in a moment, the record is looked at once', async () => {
  const { state, caughtUp } = site();
  expect(await Promise.all(Array.from({ length: 100 }, (_, n) => caughtUp(n % 2)))).toEqual(
    Array.from({ length: 100 }, () => true),
  );
  expect([state.looks, state.told]).toEqual([1, []]);
});

test('who asks after the look began gets another: what came in between counts', async () => {
  const { state, caughtUp } = site();
  const first = caughtUp(0);
  await until(() => state.looks === 1, 'the look');
  state.heads = [6, 5];
  state.at = [6, 5];
  await Promise.all([first, caughtUp(0)]);
  expect(state.looks).toBe(2);
});

test('waits for the reader, each partition for its own', async () => {
  const { state, caughtUp } = site();
  state.heads = [7, 5];
  let caught = false;
  const waiting = caughtUp(0).then((did) => (caught = did));
  expect(await caughtUp(1)).toBe(true);
  expect(caught).toBe(false);
  state.at = [7, 5];
  expect(await waiting).toBe(true);
});

test('a reader that hears nothing is told where the end is', async () => {
  const { state, caughtUp } = site();
  state.heads = [7, 5];
  state.onGrown = () => void (state.at = [7, 5]);
  expect(await caughtUp(0)).toBe(true);
  expect(state.told).toEqual([7]);
});

test('a reader that is stuck is not waited for without end', async () => {
  const { state, caughtUp } = site();
  state.heads = [7, 5];
  expect(await caughtUp(0)).toBe(false);
});

test('a record that cannot be looked at is an error for those who asked alone', async () => {
  const { state, caughtUp } = site();
  state.fails = true;
  await expect(Promise.all([caughtUp(0), caughtUp(1)])).rejects.toThrow('away');
  state.fails = false;
  expect(await caughtUp(0)).toBe(true);
});
