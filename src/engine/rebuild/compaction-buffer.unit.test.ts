import type { FoldedEvent } from '../domain/event.js';
import { position, userId } from '../domain/ids.js';
import { roomId } from '../../events/ids.js';
import { CompactionBuffer } from './compaction-buffer.js';

const read = (at: number): FoldedEvent => ({
  partition: 0,
  position: position(at),
  event: {
    type: 'MessagesRead',
    data: { roomId: roomId('4d4c7a0e-51f5-5f0e-9a7e-0d7a6a3f6d11'), userId: userId('ann'), seq: at },
  },
  at: new Date(at),
});
const reads = (from: number, count: number): readonly FoldedEvent[] =>
  Array.from({ length: count }, (_, n) => read(from + n));
const places = (events: readonly FoldedEvent[]): readonly number[] => events.map((event) => event.position);
const lastOf = (events: readonly FoldedEvent[]): readonly FoldedEvent[] => events.slice(-1);

test('without compaction, events are stored with each page', () => {
  const buffer = new CompactionBuffer({}, new Set());
  buffer.add(reads(1, 3));
  expect(buffer.isDue()).toBe(true);
  expect(places(buffer.take())).toEqual([1, 2, 3]);
  expect(buffer.take()).toEqual([]);
});

test('events that compact well are buffered on, others are stored', () => {
  const short = new CompactionBuffer({ compact: lastOf }, new Set());
  const long = new CompactionBuffer({ compact: (events) => events }, new Set());
  const due: boolean[] = [];
  for (let page = 0; page < 40; page++) {
    short.add(reads(page * 1_000 + 1, 1_000));
    long.add(reads(page * 1_000 + 1, 1_000));
    expect(short.isDue()).toBe(false);
    due.push(long.isDue());
  }
  expect(places(short.take())).toEqual([40_000]);
  expect(due.filter(Boolean).length).toBeGreaterThan(0);
  expect(due.indexOf(true)).toBeGreaterThan(19);
});

test('an event that may be dropped replaces no other, and keeps its place', () => {
  const buffer = new CompactionBuffer({ compact: lastOf }, new Set([position(2), position(5)]));
  buffer.add(reads(1, 5));
  expect(places(buffer.take())).toEqual([2, 4, 5]);
});
