import { Failure, failureOf, failureOfSocket } from './failure.js';
import { pauseMs, retried } from './retry.js';

const throttled = (retryAfterMs: number): Failure =>
  failureOf([{ message: 'too many', extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs } }]);
const options = (onRetry: (failure: Failure) => void = () => undefined, giveUpMs = 60_000) => ({
  giveUpMs,
  signal: new AbortController().signal,
  onRetry,
});

test('the server says when to come again, and is obeyed', async () => {
  const times: number[] = [];
  const retries: Failure[] = [];
  const answer = await retried(
    () => {
      times.push(performance.now());
      return times.length < 3 ? Promise.reject(throttled(40)) : Promise.resolve('done');
    },
    options((failure) => retries.push(failure)),
  );
  expect(answer).toBe('done');
  expect(retries.map(({ code, isThrottled }) => [code, isThrottled])).toEqual([
    ['TOO_MANY_REQUESTS', true],
    ['TOO_MANY_REQUESTS', true],
  ]);
  // Timers may fire a fraction of a millisecond early.
  expect(times[1]! - times[0]!).toBeGreaterThan(38);
  expect(times[2]! - times[1]!).toBeGreaterThan(38);
});

test('without a time the pauses grow, vary, and have an end', () => {
  const failure = new Failure('NETWORK', 'away');
  for (const [attempt, longest] of [200, 400, 800, 1_600, 3_200, 4_000, 4_000].entries()) {
    const pauses = Array.from({ length: 50 }, () => pauseMs(attempt, failure));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(longest);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(longest / 2);
    expect(new Set(pauses).size).toBeGreaterThan(10);
  }
});

test.each(['FORBIDDEN', 'BAD_USER_INPUT', 'NOT_A_MEMBER', 'HTTP_404'])('%s is final', async (code) => {
  let tries = 0;
  const run = (): Promise<never> => {
    tries++;
    return Promise.reject(new Failure(code, ''));
  };
  await expect(retried(run, options())).rejects.toMatchObject({ code });
  expect(tries).toBe(1);
});

test('a failure that would pass is final when its time is up, or the run is ended', async () => {
  await expect(retried(() => Promise.reject(throttled(5_000)), options(undefined, 1_000))).rejects.toMatchObject({
    code: 'TOO_MANY_REQUESTS',
  });
  const ended = { ...options(), signal: AbortSignal.abort() };
  await expect(retried(() => Promise.reject(throttled(1)), ended)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
});

test('a fault of the bot itself is not retried', async () => {
  await expect(retried(() => Promise.reject(new TypeError('a bug')), options())).rejects.toThrow('a bug');
});

test.each([
  ['the server stops', { code: 1001, reason: 'stopping' }, 'NETWORK', true],
  ['the network breaks', { code: 1006, reason: '' }, 'NETWORK', true],
  ['nobody listens', { message: 'connect ECONNREFUSED' }, 'NETWORK', true],
  ['a bad token', { code: 4403, reason: 'Forbidden' }, 'SOCKET_4403', false],
  ['a wrong client', { code: 4400, reason: '' }, 'SOCKET_4400', false],
  ['a slow client', [{ message: '', extensions: { code: 'SUBSCRIPTION_LAGGED' } }], 'SUBSCRIPTION_LAGGED', true],
  ['a lost position', [{ message: '', extensions: { code: 'POSITION_GONE' } }], 'POSITION_GONE', false],
])('a subscription ends because of %s', (_, reported, code, isPassing) => {
  expect(failureOfSocket(reported)).toMatchObject({ code, isPassing });
});
