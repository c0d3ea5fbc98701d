import type { LogEntry, RecordedEvent } from '../domain/event.js';
import { eventCatalog } from '../domain/event-catalog.js';
import { position } from '../domain/ids.js';
import type { ParkedKey } from './projection-store.js';
import { resumeKey } from './take-over.js';

const definition = {
  schema: { version: 1, upcasts: [] },
  audience: 'subscribers',
  access: 'none',
  personal: {},
} as const;

const turn = () => new Promise((resolve) => setImmediate(resolve));
const KEY: ParkedKey = { key: 'room', position: position(1), letter: 7, reason: 'why', since: new Date(0) };
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const read = (at: number): LogEntry =>
  ({ key: 'room', position: position(at), event: { type: 'MessagePosted' } }) as RecordedEvent;
const passed = (at: number): LogEntry =>
  ({ key: 'room', position: position(at), event: { type: 'RoomCreated' } }) as RecordedEvent;
const unreadable = (at: number): LogEntry =>
  ({
    key: 'room',
    position: position(at),
    unreadable: new Error('newer'),
    stored: { type: 'MessagePosted', schema: 9, data: {} },
  }) as unknown as LogEntry;

/** Resumes the key over these entries, and returns the applied events and the parked key. */
async function taken(entries: readonly LogEntry[], { upTo = 1e6, from = KEY, refuses = 0, dropped = false } = {}) {
  const applied: number[] = [];
  let parked: ParkedKey | null = from;
  let pages = 0;
  const left = await resumeKey(from, {
    partition: 0,
    handled: new Set(['MessagePosted']),
    events: {
      catalog: eventCatalog({ MessagePosted: definition, RoomCreated: definition }),
      async readKeyEntries(_partition, _key, after, limit) {
        await turn();
        if (++pages > 20) throw new Error('reads on and on');
        return entries.filter((entry) => entry.position > after).slice(0, limit);
      },
    },
    upTo: position(upTo),
    async release(known, events, next) {
      expect(known).toEqual(parked);
      if (events.some((event) => event.position === refuses)) throw new TypeError('refused');
      applied.push(...events.map((event) => Number(event.position)));
      parked = next;
    },
    deadLetter: async () => ({ id: 8, dropped, reason: 'refused' }),
    isTheirs: (error) => error instanceof TypeError,
  });
  expect(left).toEqual(parked);
  return { applied, left, pages };
}

test.each([1, 999, 1_000, 1_001, 2_000, 2_001])(
  'of %i events each is applied once and in order, and the key is parked no longer',
  async (count) => {
    const { applied, left } = await taken(range(1, count).map(read));
    expect(applied).toEqual(range(1, count));
    expect(left).toBeNull();
  },
);

test.each([999, 1_000, 1_001])('nothing behind the checkpoint at %i is applied', async (upTo) => {
  const { applied, left } = await taken(range(1, 2_500).map(read), { upTo });
  expect(applied).toEqual(range(1, upTo));
  expect(left).toBeNull();
});

test('pages without an event that concerns the read model are passed', async () => {
  const entries = [...range(1, 2_000).map(passed), ...range(2_001, 2_003).map(read)];
  const { applied, left, pages } = await taken(entries);
  expect(applied).toEqual([2_001, 2_002, 2_003]);
  expect([left, pages]).toEqual([null, 3]);
});

test('an unreadable event parks the key there without a letter, unless it has one', async () => {
  const behind = await taken([read(1), read(2), unreadable(3), read(4)]);
  expect(behind.applied).toEqual([1, 2]);
  expect(behind.left).toMatchObject({ position: 3, letter: null, reason: expect.stringContaining('UNREADABLE_EVENT') });
  const same = await taken([unreadable(1), read(2)]);
  expect(same.applied).toEqual([]);
  expect(same.left).toMatchObject({ position: 1, letter: 7 });
  // Another look changes nothing.
  expect((await taken([unreadable(1), read(2)], { from: same.left! })).left).toEqual(same.left);
});

test('a refused event parks the key there with its letter; a dropped one is passed', async () => {
  const refused = await taken(range(1, 5).map(read), { refuses: 3 });
  expect(refused.applied).toEqual([1, 2]);
  expect(refused.left).toMatchObject({ position: 3, letter: 8, reason: 'refused' });
  const given = await taken(range(1, 5).map(read), { refuses: 3, dropped: true });
  expect(given.applied).toEqual([1, 2, 4, 5]);
  expect(given.left).toBeNull();
});
