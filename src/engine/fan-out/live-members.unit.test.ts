import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { jest } from '../../../test/support/fake-timers.js';
import { createMetrics } from '../../metrics.js';
import { commandId, position, streamId, traceId, userId } from '../domain/ids.js';
import type { Pushed } from './live-members.js';
import { createLiveMembers } from './live-members.js';
import type { Member } from './member.js';
import type { Delivery, End } from './subscriber.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const at = (place: number): Pushed => ({
  update: {
    partition: 0,
    position: position(place),
    key: 'room',
    stream: streamId('room-1'),
    version: place,
    event: { type: 'Happened', data: {} },
    commandId: commandId('c'),
    traceId: traceId('t'),
    at: new Date(0),
  },
  only: null,
  result: `r${place}`,
});
const noticeAt = (place: number): Pushed => ({
  update: {
    key: 'room',
    partition: 0,
    position: position(place),
    traceId: traceId('t'),
    at: new Date(0),
    notice: 'heat',
  },
  only: null,
  result: `n${place}`,
});

interface Watched extends Member {
  /** The results of each write. */
  readonly writes: (readonly string[])[];
  readonly deliveries: Delivery[];
  readonly ends: End[];
}

function setup() {
  const live = createLiveMembers(pino({ level: 'silent' }), createMetrics());
  const join = ({ user = 'ann', after = 0, backlog = 0, fails = false } = {}): Watched => {
    const [writes, deliveries, ends]: [string[][], Delivery[], End[]] = [[], [], []];
    const member: Watched = {
      writes,
      deliveries,
      ends,
      subscriber: {
        userId: userId(user),
        signal: new AbortController().signal,
        ended: () => undefined,
        sink: {
          transport: 'websocket',
          next: () => undefined,
          backlog: () => backlog,
          deliver(delivery) {
            if (fails) throw new Error('a bug');
            writes.push([...delivery.results]);
            deliveries.push(delivery);
            return backlog === 0;
          },
        },
      },
      position: position(after),
      outside: false,
      end(end) {
        if (live.delete(member)) ends.push(end);
      },
    };
    live.add(member);
    return member;
  };
  const joinMany = (count: number): readonly Watched[] => Array.from({ length: count }, () => join());
  return { live, join, joinMany };
}

test('joining and leaving, of a client or of a user, touches no other member', () => {
  const { live, join } = setup();
  let touched = 0;
  const others = Array.from({ length: 1_000 }, (_, n) => join({ user: `u${n}` }));
  for (const other of others) {
    const { subscriber } = other;
    Object.defineProperty(other, 'subscriber', { get: () => (touched++, subscriber) });
  }
  const [first, second, third] = [join({ user: 'ann' }), join({ user: 'ann' }), join({ user: 'ann', after: 7 })];
  live.delete(second);
  live.left(userId('ann'), position(5));
  expect([first.ends, second.ends, third.ends]).toEqual([[{ reason: 'left' }], [], []]);
  live.left(userId('stranger'), position(5));
  expect(touched).toBe(0);
  live.left(userId('u7'), position(5));
  expect(others.flatMap(({ ends }, n) => (ends.length > 0 ? [n] : []))).toEqual([7]);
});

test('a quiet room is written to at once, and the next 20 ms in one write', async () => {
  const { live, joinMany } = setup();
  const [one] = joinMany(1_000);
  live.push(at(1));
  expect(one!.writes).toEqual([['r1']]);
  await turn();
  live.push(at(2));
  jest.advanceTimersByTime(10);
  live.push(at(3));
  jest.advanceTimersByTime(9);
  expect(one!.writes).toEqual([['r1']]);
  jest.advanceTimersByTime(1);
  expect(one!.writes).toEqual([['r1'], ['r2', 'r3']]);
  await turn();
  jest.advanceTimersByTime(20);
  live.push(at(4));
  expect(one!.writes.at(-1)).toEqual(['r4']);
});

test('all subscribers of a write get the same object, so that it is framed once', async () => {
  const { live, joinMany } = setup();
  const members = joinMany(2_000);
  live.push(at(1));
  await live.flush();
  expect(new Set(members.flatMap(({ deliveries }) => deliveries)).size).toBe(1);
});

test('with few subscribers nothing waits', async () => {
  const { live, joinMany } = setup();
  const [one] = joinMany(49);
  for (const place of [1, 2, 3]) {
    live.push(at(place));
    await turn();
  }
  expect(one!.writes).toEqual([['r1'], ['r2'], ['r3']]);
});

test('a window ends early before its write gets large', async () => {
  const { live, joinMany } = setup();
  const [one] = joinMany(1_000);
  live.push(at(1));
  await turn();
  live.push({ ...at(2), result: 'x'.repeat(40_000) });
  expect(one!.writes).toHaveLength(1);
  live.push({ ...at(3), result: 'y'.repeat(40_000) });
  expect(one!.writes.map((write) => write.length)).toEqual([1, 2]);
});

test('writing to many takes turns with others, and everybody gets everything in order', async () => {
  const { live, joinMany } = setup();
  const members = joinMany(2_500);
  live.push(at(1));
  expect(members.filter(({ writes }) => writes.length > 0)).toHaveLength(1_000);
  live.push(at(2));
  await live.flush();
  expect(members.every(({ writes }) => writes.flat().join() === 'r1,r2')).toBe(true);
});

test('who turns live amid a write gets only what it does not have', async () => {
  const { live, join, joinMany } = setup();
  joinMany(2_000);
  live.push(at(1));
  live.push(at(2));
  live.push(noticeAt(2));
  live.push(at(3));
  // The kept results brought them up to there.
  const [two, three] = [join({ after: 2 }), join({ after: 3 })];
  await live.flush();
  expect(two.writes.flat()).toEqual(['n2', 'r3']);
  expect(three.writes.flat()).toEqual([]);
  live.push(at(4));
  await live.flush();
  expect([two, three].map(({ writes }) => writes.at(-1))).toEqual([['r4'], ['r4']]);
});

test('who leaves amid a write gets nothing more', async () => {
  const { live, joinMany } = setup();
  const members = joinMany(2_000);
  live.push(at(1));
  const last = members.at(-1)!;
  last.end({ reason: 'cancelled' });
  await live.flush();
  expect(last.writes).toEqual([]);
  expect(members.filter(({ writes }) => writes.length === 1)).toHaveLength(1_999);
});

test('a slow subscriber is ended by bytes, one that fails alone; others go on', async () => {
  const { live, join } = setup();
  const [fast, waiting, slow, broken] = [
    join(),
    join({ backlog: 1 << 20 }),
    join({ backlog: (1 << 20) + 1 }),
    join({ fails: true }),
  ];
  live.push(at(7));
  await turn();
  live.push(at(8));
  expect([fast, waiting].map(({ writes }) => writes)).toEqual([
    [['r7'], ['r8']],
    [['r7'], ['r8']],
  ]);
  expect(slow.ends).toEqual([{ reason: 'lagged', position: 7 }]);
  expect(broken.ends).toEqual([{ reason: 'failed', error: new Error('a bug') }]);
  expect([fast, waiting].flatMap(({ ends }) => ends)).toEqual([]);
});

test('leaving the room ends the member, unless it came back behind that event', () => {
  const { live, join } = setup();
  const [ann, back, ben] = [join(), join({ after: 9 }), join({ user: 'ben' })];
  live.left(userId('ann'), position(9));
  expect(ann.ends).toEqual([{ reason: 'left' }]);
  expect([back, ben].flatMap(({ ends }) => ends)).toEqual([]);
});

test('without members nothing is kept for later ones', () => {
  const { live, join } = setup();
  live.push(at(1));
  const late = join({ after: 1 });
  live.push(at(2));
  expect(late.writes.flat()).toEqual(['r2']);
});

test('a result of one user goes to that user, in order with those for everyone', async () => {
  const { live, join, joinMany } = setup();
  const [one] = joinMany(1_000);
  const [own, late] = [join({ user: 'fay' }), join({ user: 'fay', after: 3 })];
  live.push(at(1));
  await turn();
  live.push(at(2));
  live.push({ ...at(3), only: userId('fay') });
  live.push({ ...at(4), only: userId('nobody') });
  live.push(at(5));
  await live.flush();
  expect(one!.writes.flat()).toEqual(['r1', 'r2', 'r5']);
  expect(own.writes.flat()).toEqual(['r1', 'r2', 'r3', 'r5']);
  expect(late.writes.flat()).toEqual(['r5']);
  live.push({ ...at(6), only: userId('fay') });
  await live.flush();
  expect([one!.writes.length, own.writes.at(-1)]).toEqual([2, ['r6']]);
});
