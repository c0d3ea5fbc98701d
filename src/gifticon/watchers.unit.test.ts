import { until } from '../../test/support/conditions.js';
import { jest } from '../../test/support/fake-timers.js';
import { commandId, offset, userId } from '../engine/domain/ids.js';
import { campaignId } from '../events/ids.js';
import type { RequestStatus } from './gifticon-requests.js';
import type { WaitingRequest } from './request-index.js';
import { createWatchers } from './watchers.js';

const campaign = { id: campaignId('spring'), partition: 0 };
const request = (at: number): WaitingRequest => ({
  id: commandId(`r${at}`),
  userId: userId('ann'),
  campaign,
  offset: offset(at),
  asked: 0,
  ordinal: 0,
});
const never = (): AbortSignal => new AbortController().signal;
const issued = { status: 'ISSUED', nth: 1 } as RequestStatus;

/** Watchers of a line that moves when the test says so. */
function open(updateEveryMs: number, updatesPerSecond = 1_000) {
  const line = { next: 0, pushed: 0 };
  const ahead = (of: WaitingRequest): number => Math.max(0, of.offset - line.next);
  const statusOf = (of: WaitingRequest): RequestStatus => {
    line.pushed++;
    return {
      id: of.id,
      campaignId: campaign.id,
      userId: of.userId,
      status: 'QUEUED',
      ahead: ahead(of),
      etaSeconds: null,
    };
  };
  return { line, watchers: createWatchers({ statusOf, ahead, updateEveryMs, updatesPerSecond }) };
}

/** The line moves on by one each millisecond. */
async function moveFor(line: { next: number }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed++) {
    line.next++;
    await jest.advanceTimersByTimeAsync(1);
  }
}

/** Takes everything, as it comes. */
function collect(statuses: AsyncIterableIterator<RequestStatus>) {
  const seen: { readonly at: number; readonly statusOf: RequestStatus }[] = [];
  const over = (async () => {
    for await (const statusOf of statuses) seen.push({ at: performance.now(), statusOf });
  })();
  const places = (): readonly (number | string)[] =>
    seen.map(({ statusOf }) => (statusOf.status === 'QUEUED' ? statusOf.ahead : statusOf.status));
  return { seen, over, places };
}

afterEach(() => void jest.useRealTimers());

test('a place is reported at once, then as it moves, then the outcome and the end', async () => {
  const { line, watchers } = open(20);
  const waiting = request(10);
  const { over, places } = collect(watchers.watch(waiting, never()));
  await until(() => places().length === 1, 'its first place');
  line.next = 4;
  await until(() => places().length === 2, 'its place moves');
  watchers.settle(waiting, issued);
  await over;
  expect(places()).toEqual([10, 6, 'ISSUED']);
  expect(watchers.has(waiting)).toBe(false);
});

test('an unmoved place is not repeated, and a moving one only as often as agreed', async () => {
  jest.useFakeTimers({ now: 0 });
  const { line, watchers } = open(100);
  const [still, moving] = [
    collect(watchers.watch(request(0), never())),
    collect(watchers.watch(request(1_000_000), never())),
  ];
  await moveFor(line, 450);
  expect(moving.seen.map(({ at }) => at)).toEqual([0, 100, 200, 300, 400]);
  watchers.stop();
  await Promise.all([still.over, moving.over]);
  expect(still.places()).toEqual([0]);
});

test('nothing is computed for a watcher who has gone', async () => {
  const { line, watchers } = open(5);
  const gone = watchers.watch(request(1_000_000), never());
  const { places, over } = collect(watchers.watch(request(1_000_001), never()));
  await gone.return?.();
  await until(() => ++line.next && places().length === 4, 'three moves of the other one');
  watchers.stop();
  await over;
  // The first place of each, and those three.
  expect(line.pushed).toBe(5);
});

test('with many watchers each gets fewer updates, and none is left out', async () => {
  jest.useFakeTimers({ now: 0 });
  const { line, watchers } = open(20, 1_000);
  const all = Array.from({ length: 400 }, (_, index) => collect(watchers.watch(request(1_000_000 + index), never())));
  await moveFor(line, 10);
  expect(line.pushed).toBe(400);
  await moveFor(line, 1_000);
  expect(line.pushed - 400).toBe(1_000);
  expect(new Set(all.map(({ seen }) => seen.length - 1))).toEqual(new Set([2, 3]));
  watchers.stop();
  await Promise.all(all.map(({ over }) => over));
});

test('an outcome goes to all who wait for it, and to nobody who has gone', async () => {
  const { watchers } = open(1_000);
  const waiting = request(3);
  const gone = new AbortController();
  const outcomes = [
    watchers.outcome(waiting, never()),
    watchers.outcome(waiting, gone.signal),
    watchers.outcome(waiting, AbortSignal.abort()),
  ];
  const left = watchers.watch(waiting, never());
  await left.return?.();
  gone.abort();
  expect(watchers.has(waiting)).toBe(true);
  watchers.settle(waiting, issued);
  expect(await Promise.all(outcomes)).toEqual([issued, null, null]);
  expect((await left.next()).done).toBe(true);
  expect(watchers.has(waiting)).toBe(false);
});

test('a stop, and the loss of a request, end the waits', async () => {
  const { watchers } = open(1_000);
  const [lost, kept] = [request(1), request(2)];
  const ends = [collect(watchers.watch(lost, never())), collect(watchers.watch(kept, never()))];
  const outcome = watchers.outcome(kept, never());
  watchers.lose(lost);
  await ends[0]!.over;
  expect(watchers.has(kept)).toBe(true);
  watchers.stop();
  await ends[1]!.over;
  expect(await outcome).toBeNull();
  expect(await watchers.watch(kept, never()).next()).toMatchObject({ done: true });
  expect(await watchers.outcome(kept, never())).toBeNull();
});

test('without places there is nothing but the outcome, and nothing to do until then', async () => {
  const { line, watchers } = open(1);
  const [waiting, beside] = [request(10), request(5)];
  const { over, places } = collect(watchers.watch(waiting, never(), false));
  const other = collect(watchers.watch(beside, never()));
  line.next = 4;
  await until(() => other.places().length === 2, 'the place of the other one moves');
  const pushed = line.pushed;
  expect([places(), pushed]).toEqual([[], 2]);
  watchers.settle(waiting, issued);
  await over;
  expect(places()).toEqual(['ISSUED']);
  expect(watchers.has(waiting)).toBe(false);
  watchers.stop();
});
