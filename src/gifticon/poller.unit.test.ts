import { until } from '../../test/support/conditions.js';
import { createPoller } from './poller.js';

/** Polls that are counted, and take as long as the test wants. */
function open({ shortestMs = 60, longestMs = 60_000, more = false } = {}) {
  const began: number[] = [];
  let finish: () => void = () => undefined;
  const looks = createPoller({
    poll: () => {
      began.push(performance.now());
      return new Promise<boolean>((resolve) => (finish = () => resolve(more)));
    },
    shortestMs,
    longestMs,
  });
  return { looks, began, finish: () => finish() };
}

test('many notifications make one poll, later ones one more, after a pause', async () => {
  const { looks, began, finish } = open();
  for (let n = 0; n < 100; n++) looks.soon();
  await until(() => began.length === 1, 'a look');
  for (let n = 0; n < 100; n++) looks.soon();
  finish();
  await until(() => began.length === 2, 'another one');
  expect(began[1]! - began[0]!).toBeGreaterThan(55);
  finish();
  await looks.stop();
  expect(began).toHaveLength(2);
});

test('it goes on polling for as long as there may be more to find', async () => {
  const { looks, began, finish } = open({ longestMs: 20, more: true });
  looks.eventually();
  await until(() => {
    finish();
    return began.length === 4;
  }, 'four looks');
  finish();
  await looks.stop();
});

test('a poll that is due soon is not put off by one that is due later', async () => {
  const { looks, began, finish } = open({ longestMs: 3_600_000 });
  looks.soon();
  looks.eventually();
  await until(() => began.length === 1, 'a poll');
  finish();
  await looks.stop();
});

test('a notification makes it poll before its interval ends', async () => {
  const { looks, began, finish } = open();
  looks.eventually();
  looks.soon();
  await until(() => began.length === 1, 'a look');
  const stopping = looks.stop();
  finish();
  await stopping;
  looks.soon();
  expect(began).toHaveLength(1);
});
