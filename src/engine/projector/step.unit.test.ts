import type { LogEntry } from '../domain/event.js';
import { eventCatalog } from '../domain/event-catalog.js';
import { position } from '../domain/ids.js';
import type { ParkedKey } from './projection-store.js';
import { planStep } from './step.js';

const definition = {
  schema: { version: 1, upcasts: [] },
  audience: 'subscribers',
  access: 'none',
  personal: {},
} as const;
const CATALOG = eventCatalog({ MessagePosted: definition, RoomCreated: definition });
const HANDLED = new Set(['MessagePosted']);
const entry = (key: string, at: number, type = 'MessagePosted'): LogEntry =>
  ({ key, position: position(at), event: { type } }) as LogEntry;
const unreadable = (key: string, at: number, type = 'MessagePosted'): LogEntry =>
  ({
    key,
    position: position(at),
    unreadable: new Error('newer'),
    stored: { type, schema: 9, data: {} },
  }) as unknown as LogEntry;
const parkedAt = (key: string, at: number): ReadonlyMap<string, ParkedKey> =>
  new Map([[key, { key, position: position(at), letter: 1, reason: 'why', since: new Date(0) }]]);

const plan = (entries: readonly LogEntry[], parked: ReadonlyMap<string, ParkedKey> = new Map()) => {
  const { to, events, parking } = planStep(CATALOG, entries, HANDLED, parked);
  return {
    to,
    events: events.map((event) => [event.key, event.position]),
    held: parking?.held ?? null,
    park: parking?.park.map((each) => [each.key, each.position, each.letter]) ?? null,
  };
};

test('events of other types are passed, and the step goes to the last entry', () => {
  expect(plan([entry('a', 1), entry('b', 2, 'RoomCreated'), unreadable('c', 3, 'RoomCreated')])).toEqual({
    to: 3,
    events: [['a', 1]],
    held: null,
    park: null,
  });
});

test('an unreadable entry parks its key: no later event of the key is applied', () => {
  expect(
    plan([
      entry('a', 1),
      unreadable('a', 2),
      entry('a', 3),
      entry('b', 4),
      unreadable('a', 5),
      unreadable('c', 6, 'New'),
    ]),
  ).toEqual({
    to: 6,
    events: [
      ['a', 1],
      ['b', 4],
    ],
    held: [],
    park: [
      ['a', 2, null],
      ['c', 6, null],
    ],
  });
});

test('of a parked key everything from its place on is held back, and the rest applied', () => {
  expect(plan([entry('a', 4), entry('a', 5), unreadable('a', 6), entry('b', 7)], parkedAt('a', 5))).toEqual({
    to: 7,
    events: [
      ['a', 4],
      ['b', 7],
    ],
    held: ['a'],
    park: [],
  });
});

test('a key parked further on is parked anew where an earlier event is unreadable', () => {
  expect(plan([unreadable('a', 2), entry('a', 3), entry('a', 9)], parkedAt('a', 9))).toEqual({
    to: 9,
    events: [],
    held: [],
    park: [['a', 2, null]],
  });
});
