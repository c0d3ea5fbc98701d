import { until } from '../../../test/support/conditions.js';
import { position } from '../domain/ids.js';
import { createCaughtUp } from './caught-up.js';

/** Two partitions, whose readers stand where the test says. */
function site() {
  const state = {
    heads: [5, 5],
    at: [5, 5],
    reads: 0,
    fails: false,
    announced: [] as number[],
    onGrown: () => undefined as void,
  };
  const caughtUp = createCaughtUp({
    heads() {
      state.reads++;
      return state.fails ? Promise.reject(new Error('away')) : Promise.resolve(state.heads.map(position));
    },
    reader: (partition) => ({
      get position() {
        return position(state.at[partition]!);
      },
      grown(head) {
        state.announced.push(head);
        state.onGrown();
      },
    }),
  });
  return { state, caughtUp };
}

test('any number of calls at one moment share one read of the heads', async () => {
  const { state, caughtUp } = site();
  expect(await Promise.all(Array.from({ length: 100 }, (_, n) => caughtUp(n % 2)))).toEqual(
    Array.from({ length: 100 }, () => true),
  );
  expect([state.reads, state.announced]).toEqual([1, []]);
});

test('a call after the read began gets another one: events in between count', async () => {
  const { state, caughtUp } = site();
  const first = caughtUp(0);
  await until(() => state.reads === 1, 'the read');
  state.heads = [6, 5];
  state.at = [6, 5];
  await Promise.all([first, caughtUp(0)]);
  expect(state.reads).toBe(2);
});

test('waits for the reader, each partition for its own', async () => {
  const { state, caughtUp } = site();
  state.heads = [6, 5];
  let caught = false;
  const waiting = caughtUp(0).then((did) => (caught = did));
  expect(await caughtUp(1)).toBe(true);
  expect(caught).toBe(false);
  state.at = [6, 5];
  expect(await waiting).toBe(true);
});

test('a reader without batches gets the head', async () => {
  const { state, caughtUp } = site();
  state.heads = [7, 5];
  state.onGrown = () => void (state.at = [7, 5]);
  expect(await caughtUp(0)).toBe(true);
  expect(state.announced).toEqual([7]);
});

test('a reader that is stuck is not waited for without end', async () => {
  const { state, caughtUp } = site();
  state.heads = [7, 5];
  expect(await caughtUp(0)).toBe(false);
});

test('a failed read of the heads fails only its own calls', async () => {
  const { state, caughtUp } = site();
  state.fails = true;
  await expect(Promise.all([caughtUp(0), caughtUp(1)])).rejects.toThrow('away');
  state.fails = false;
  expect(await caughtUp(0)).toBe(true);
});
