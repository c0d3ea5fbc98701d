import { pino } from 'pino';
import type { Receipt } from '../commands/receipt.js';
import type { CommandId } from '../events/ids.js';
import { commandId, position } from '../events/ids.js';
import type { EventStore, StoredOutcome } from '../platform/ports/event-store.js';
import { createReceiptWaiters } from './receipt-waiters.js';

const id = commandId('0198c5d2-0000-7000-8000-000000000001');
const decided = { receipt: { commandId: id, events: 0 } as Receipt, events: [] };
const hint = { partition: 0, epoch: null, head: position(0), events: [], receipts: [] };
const never = new AbortController().signal;

/** A store whose looks are answered by hand; the timer never comes to look. */
function setup() {
  const looks: ((found: ReadonlyMap<CommandId, StoredOutcome>) => void)[] = [];
  const store = { outcomes: () => new Promise((resolve) => looks.push(resolve)) } as unknown as EventStore;
  return { looks, waiters: createReceiptWaiters({ store, lookEveryMs: 1e6, logger: pino({ level: 'silent' }) }) };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what another process decided is looked for as soon as its hint comes', async () => {
  const { looks, waiters } = setup();
  const { outcome } = waiters.wait(id, never);
  waiters.decided(hint);
  expect(looks).toHaveLength(1);
  looks[0]!(new Map([[id, decided]]));
  expect(await outcome).toEqual(decided);
  await waiters.stop();
});

test('a hint that comes during a look makes one more, however many hints there are', async () => {
  const { looks, waiters } = setup();
  const { outcome } = waiters.wait(id, never);
  for (let hints = 0; hints < 5; hints++) waiters.decided(hint);
  looks[0]!(new Map());
  await turn();
  expect(looks).toHaveLength(2);
  looks[1]!(new Map([[id, decided]]));
  expect(await outcome).toEqual(decided);
  await turn();
  expect(looks).toHaveLength(2);
  await waiters.stop();
});

test('a hint costs nothing while nobody waits', async () => {
  const { looks, waiters } = setup();
  waiters.decided(hint);
  expect(looks).toEqual([]);
  await waiters.stop();
});
