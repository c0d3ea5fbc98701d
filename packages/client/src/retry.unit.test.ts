import { jest } from '../../../test/support/fake-timers.js';
import { MadangError } from './madang-error.js';
import { createReadMarks } from './read-marks.js';
import { retried } from './retry.js';
import { createSend } from './send.js';
import type { Send } from './send.js';
import type { Transport } from './transport.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** What is run: it answers `done` after the failures given, and counts. */
function scripted(...first: readonly (MadangError | 'no answer')[]) {
  let calls = 0;
  const run = (): Promise<string> => {
    const failure = first[calls++];
    if (failure === undefined) return Promise.resolve('done');
    return failure === 'no answer' ? new Promise(() => undefined) : Promise.reject(failure);
  };
  return Object.assign(run, { calls: () => calls });
}
const failing = (code: string, retryAfterMs?: number) =>
  scripted(...Array.from({ length: 99 }, () => new MadangError(code, code, { retryAfterMs })));
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => (error as MadangError).code);

test('a passing failure is retried after the time that the server says', async () => {
  const run = scripted(new MadangError('UNAVAILABLE', 'x', { retryAfterMs: 3_000 }));
  const result = retried(run);
  await jest.advanceTimersByTimeAsync(2_999);
  expect(run.calls()).toBe(1);
  await jest.advanceTimersByTimeAsync(1);
  expect(await result).toBe('done');
});

test.each([
  ['FORBIDDEN', 1],
  ['INTERNAL', 5],
])('%s is tried %d times', async (code, times) => {
  const run = failing(code);
  const result = outcome(retried(run));
  await jest.advanceTimersByTimeAsync(600_000);
  expect([await result, run.calls()]).toEqual([code, times]);
});

test('retrying ends in time, and does not wait for a pause that is too long', async () => {
  const result = outcome(retried(failing('UNAVAILABLE', 400), { timeoutMs: 1_000 }));
  await jest.advanceTimersByTimeAsync(800);
  expect(await result).toBe('UNAVAILABLE');
});

test('a request that is never answered is sent again', async () => {
  const run = scripted('no answer');
  const result = retried(run);
  await jest.advanceTimersByTimeAsync(16_000);
  expect(await result).toBe('done');
});

test('a signal ends a pause and a request alike', async () => {
  for (const run of [failing('UNAVAILABLE', 60_000), scripted('no answer')]) {
    const aborting = new AbortController();
    const result = retried(run, { signal: aborting.signal }).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(10);
    aborting.abort('enough');
    expect(await result).toBe('enough');
  }
});

test('a command that has no outcome yet is sent again under its commandId', async () => {
  const ids: unknown[] = [];
  const statuses = ['ACCEPTED', 'SUCCEEDED'];
  const transport = {
    request: (_query: string, { input }: { input: { commandId: string } }) => {
      ids.push(input.commandId);
      return Promise.resolve({ joinRoom: { receipt: { status: statuses.shift() } } });
    },
  } as unknown as Transport;
  const sent = createSend(transport)('joinRoom', { roomId: 'r' });
  await jest.advanceTimersByTimeAsync(1_000);
  expect((await sent).receipt.status).toBe('SUCCEEDED');
  expect(ids).toHaveLength(2);
  expect(ids[0]).toBe(ids[1]);
});

test('read marks: the first at once, then the furthest each 5 s, the rest on leaving', async () => {
  const sent: number[] = [];
  const send = ((_name: string, { seq }: { seq: number }) => (sent.push(seq), Promise.resolve())) as unknown as Send;
  const { markRead, flushRead } = createReadMarks(send);
  for (const seq of [1, 5, 3]) markRead('room', seq);
  markRead('other', 7);
  expect(sent).toEqual([1, 7]);
  await jest.advanceTimersByTimeAsync(4_999);
  expect(sent).toEqual([1, 7]);
  await jest.advanceTimersByTimeAsync(1);
  expect(sent).toEqual([1, 7, 5]);
  markRead('room', 9);
  await flushRead('room');
  expect(sent).toEqual([1, 7, 5, 9]);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(sent).toEqual([1, 7, 5, 9]);
});
