import { pino } from 'pino';
import { jest } from '../../../test/support/fake-timers.js';
import type { RecordedEvent } from '../domain/event.js';
import type { Receipt } from '../domain/receipt.js';
import type { CommandId } from '../domain/ids.js';
import { commandId, position } from '../domain/ids.js';
import type { EventStore, StoredOutcome } from '../store/event-store.js';
import { createReceiptWaiters } from './receipt-waiters.js';

const id = commandId('0198c5d2-0000-7000-8000-000000000001');
const decided = { receipt: { commandId: id, events: 0 } as Receipt, events: [] };
const bareHead = { partition: 0, epoch: null, head: position(0), events: [], receipts: [] };
const never = new AbortController().signal;

/** A store whose polls are answered by hand; the timer never fires. */
function setup() {
  const polls: ((found: ReadonlyMap<CommandId, StoredOutcome>) => void)[] = [];
  const store = { outcomes: () => new Promise((resolve) => polls.push(resolve)) } as unknown as EventStore;
  return {
    looks: polls,
    waiters: createReceiptWaiters({ store, pollIntervalMs: 1e6, logger: pino({ level: 'silent' }) }),
  };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a decision of another process is read as soon as its head comes', async () => {
  const { looks: polls, waiters } = setup();
  const { outcome } = waiters.wait(id, never);
  waiters.onDecided(bareHead);
  expect(polls).toHaveLength(1);
  polls[0]!(new Map([[id, decided]]));
  expect(await outcome).toEqual(decided);
  await waiters.stop();
});

test('bare heads during a poll make one more poll, however many they are', async () => {
  const { looks: polls, waiters } = setup();
  const { outcome } = waiters.wait(id, never);
  for (let count = 0; count < 5; count++) waiters.onDecided(bareHead);
  polls[0]!(new Map());
  await turn();
  expect(polls).toHaveLength(2);
  polls[1]!(new Map([[id, decided]]));
  expect(await outcome).toEqual(decided);
  await turn();
  expect(polls).toHaveLength(2);
  await waiters.stop();
});

test('a command gets its own events of a batch, or none where one is missing', async () => {
  const other = commandId('0198c5d2-0000-7000-8000-000000000002');
  const event = (of: CommandId, at: number) => ({ commandId: of, position: position(at) }) as RecordedEvent;
  const receipt = (of: CommandId, at: number, events: number) =>
    ({ commandId: of, position: position(at), events }) as Receipt;
  const events = [event(other, 5), event(id, 6), event(id, 7)];
  const ofBatch = async (own: Receipt, batch: readonly RecordedEvent[]) => {
    const { waiters } = setup();
    const { outcome } = waiters.wait(id, never);
    waiters.onDecided({ ...bareHead, events: batch, receipts: [receipt(other, 5, 1), own] });
    await waiters.stop();
    return (await outcome)!.events;
  };
  expect(await ofBatch(receipt(id, 7, 2), events)).toEqual(events.slice(1));
  expect(await ofBatch(receipt(id, 7, 0), events)).toEqual([]);
  expect(await ofBatch(receipt(id, 7, 2), events.slice(0, 2))).toBeNull();
  expect(await ofBatch(receipt(id, 6, 2), events)).toBeNull();
  // Decided before, and announced again.
  expect(await ofBatch(receipt(id, 2, 2), events)).toBeNull();
  expect(await ofBatch(receipt(id, 2, 0), [])).toEqual([]);
});

test('a waiter that gives up late does not end a newer wait for the same command', async () => {
  const { waiters } = setup();
  const first = waiters.wait(id, never);
  waiters.onDecided({ ...bareHead, receipts: [decided.receipt] });
  expect(await first.outcome).toEqual(decided);
  const second = waiters.wait(id, never);
  first.cancel();
  waiters.onDecided({ ...bareHead, receipts: [decided.receipt] });
  expect(await second.outcome).toEqual(decided);
  await waiters.stop();
});

test('a bare head costs nothing without waiters', async () => {
  const { looks: polls, waiters } = setup();
  waiters.onDecided(bareHead);
  expect(polls).toEqual([]);
  await waiters.stop();
});

describe('ids that never come', () => {
  const idOf = (n: number): CommandId => commandId(`0198c5d2-0000-7000-8000-${String(n).padStart(12, '0')}`);

  /** A store that knows nothing, and a clock that is moved by hand. */
  function counted() {
    jest.useFakeTimers();
    const asked: (readonly CommandId[])[] = [];
    const store = {
      outcomes: (ids: readonly CommandId[]) => Promise.resolve(new Map(void asked.push(ids) as unknown as [])),
    } as unknown as EventStore;
    return {
      asked,
      waiters: createReceiptWaiters({ store, pollIntervalMs: 1_000, logger: pino({ level: 'silent' }) }),
    };
  }
  afterEach(() => jest.useRealTimers());

  test('are asked for every second at first, then less often; a later one starts anew', async () => {
    const { asked, waiters } = counted();
    for (let n = 0; n < 3_000; n++) void waiters.wait(idOf(n), new AbortController().signal);
    await jest.advanceTimersByTimeAsync(15_000);
    const minutes = asked.length;
    await jest.advanceTimersByTimeAsync(600_000);
    const later = asked.slice(minutes).flat().length / 600;
    // 3,000 a second before; each once in 30 s now.
    expect(later).toBeLessThan(150);
    expect(later).toBeGreaterThan(80);
    for (const ids of asked.slice(minutes + 1)) expect(ids.length).toBeLessThanOrEqual(500);
    // None is forgotten.
    expect(new Set(asked.slice(-200).flat()).size).toBe(3_000);

    void waiters.wait(idOf(9_999), new AbortController().signal);
    const before = asked.length;
    waiters.onDecided(bareHead);
    expect(asked.slice(before)).toHaveLength(1);
    expect(asked.at(-1)![0]).toBe(idOf(9_999));
    expect(asked.at(-1)!.length).toBeLessThanOrEqual(501);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(asked.at(-1)).toContain(idOf(9_999));
    await waiters.stop();
  });

  test('do not keep the store from being asked for later ones', async () => {
    const { asked, waiters } = counted();
    for (let n = 0; n < 3_000; n++) void waiters.wait(idOf(n), new AbortController().signal);
    for (let n = 0; n < 2; n++) {
      waiters.onDecided(bareHead);
      await jest.advanceTimersByTimeAsync(0);
    }
    expect(asked.map((ids) => ids.length)).toEqual([2_000, 2_000]);
    expect(new Set(asked.flat()).size).toBe(3_000);
    await waiters.stop();
  });

  test('a bare head polls few of them, and all of them in turn', async () => {
    const { asked, waiters } = counted();
    for (let n = 0; n < 1_200; n++) void waiters.wait(idOf(n), new AbortController().signal);
    await jest.advanceTimersByTimeAsync(20_000);
    asked.length = 0;
    for (let n = 0; n < 3; n++) {
      waiters.onDecided(bareHead);
      await jest.advanceTimersByTimeAsync(0);
    }
    expect(asked.map((ids) => ids.length)).toEqual([500, 500, 500]);
    expect(new Set(asked.flat()).size).toBe(1_200);
    await waiters.stop();
  });
});
