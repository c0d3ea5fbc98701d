import type { Receipt } from '../../engine/domain/receipt.js';
import { settledReceipt } from './settled-receipt.js';

const receipt = {} as Receipt;
/** Waits as the gateway does: until the outcome or the signal. */
const never = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
const done = { done: true, value: undefined };

test('yields the receipt once and completes', async () => {
  const source = settledReceipt(() => Promise.resolve(receipt), new AbortController().signal);
  const seen: Receipt[] = [];
  for await (const each of source) seen.push(each);
  expect(seen).toEqual([receipt]);
});

test('ends a wait for a missing outcome when the client ends the subscription', async () => {
  const source = settledReceipt(never, new AbortController().signal);
  const waiting = source.next();
  await source.return?.();
  expect(await waiting).toEqual(done);
});

test('ends it with the connection too, also one that was gone before', async () => {
  const connection = new AbortController();
  const source = settledReceipt(never, connection.signal);
  const waiting = source.next();
  connection.abort();
  expect(await waiting).toEqual(done);
  expect(await settledReceipt(never, connection.signal).next()).toEqual(done);
});
