import { readFileSync } from 'node:fs';
import { entryOf, eventOf } from '../engine/postgres/event-rows.js';
import type { EventRow } from '../engine/postgres/event-rows.js';
import { isReadable } from '../engine/domain/event.js';
import { EVENTS, MADANG_EVENTS } from './definitions.js';
import type { EventSchema } from '../engine/domain/upcast.js';
import { UnreadableEventError, upcast } from '../engine/domain/upcast.js';

/**
 * One stored event of every type and version that any program ever wrote, and its data as today's program reads it.
 * Entries are only added.
 */
interface Fixture {
  readonly row: Omit<EventRow, 'at'> & { readonly at: string };
  readonly reads: unknown;
}
const fixtures = JSON.parse(
  readFileSync(new URL('../../test/fixtures/stored-events.json', import.meta.url), 'utf8'),
) as readonly Fixture[];
const rowOf = ({ row }: Fixture): EventRow => ({ ...row, at: new Date(row.at) });

test('there is a stored event of every type and version, and of no other', () => {
  const written = Object.entries(EVENTS).flatMap(([type, { schema }]) =>
    Array.from({ length: schema.version }, (_, n) => `${type} ${n + 1}`),
  );
  expect(fixtures.map(({ row }) => `${row.type} ${row.schema}`).sort()).toEqual(written.sort());
});

test.each(fixtures.map((fixture) => [`${fixture.row.type}, version ${fixture.row.schema}`, fixture] as const))(
  '%s is read with its meaning of today',
  (_name, fixture) => {
    const row = rowOf(fixture);
    expect(eventOf(MADANG_EVENTS, row)).toMatchObject({
      position: row.position,
      key: row.key,
      stream: row.stream,
      version: row.version,
      event: { type: row.type },
    });
    expect(eventOf(MADANG_EVENTS, row).event.data).toEqual(fixture.reads);
  },
);

test.each(Object.entries(EVENTS))('%s has an upcast from each of its versions to the next', (_type, { schema }) => {
  expect(schema.upcasts).toHaveLength(schema.version - 1);
});

/** A table after two changes: a seat became a list of seats, and then got a row. */
const changed: Readonly<Record<string, EventSchema>> = {
  SeatTaken: {
    version: 3,
    upcasts: [
      ({ seat, ...rest }) => ({ ...rest, seats: [seat] }),
      ({ seats, ...rest }) => ({
        ...rest,
        seats: (seats as readonly number[]).map((number) => ({ row: 'A', number })),
      }),
    ],
  },
};

describe('a chain of upcasts', () => {
  const today = { by: 'ann', seats: [{ row: 'A', number: 7 }] };

  test.each([
    [1, { by: 'ann', seat: 7 }],
    [2, { by: 'ann', seats: [7] }],
    [3, today],
  ])('takes data of version %i through all later ones', (schema, data) => {
    const stored = structuredClone(data);
    expect(upcast(changed, 'SeatTaken', schema, stored)).toEqual(today);
    expect(stored).toEqual(data);
  });

  test.each([
    ['a newer version', 'SeatTaken', 4, 'reads up to 3: deploy a newer one'],
    ['an unknown type', 'SeatPainted', 1, 'unknown to this program: deploy one that knows it'],
    ['a type that is a property of every object', 'constructor', 1, 'unknown to this program'],
    ['a version that cannot be', 'SeatTaken', 0, 'no program ever wrote'],
  ])('ends at %s with what to do', (_name, type, schema, message) => {
    expect(() => upcast(changed, type, schema, {})).toThrow(UnreadableEventError);
    expect(() => upcast(changed, type, schema, {})).toThrow(message);
  });
});

describe('an event that cannot be read', () => {
  const [fixture] = fixtures as readonly [Fixture];
  const unread = (change: Partial<EventRow>) => entryOf(MADANG_EVENTS, { ...rowOf(fixture), ...change });

  test('keeps its place, and its type', () => {
    const entry = unread({ type: 'HandlePainted', data: { colour: 'red' } });
    expect(isReadable(entry)).toBe(false);
    expect(entry).toMatchObject({
      position: 1,
      key: 'mina',
      unreadable: { code: 'UNREADABLE_EVENT' },
      stored: { type: 'HandlePainted', schema: 1, data: { colour: 'red' } },
    });
  });

  test('concerns the handlers of its type, and all of them where it is unknown', () => {
    const [users, handles] = [new Set(['UserRegistered']), new Set(['HandleClaimed'])];
    expect([users, handles].map((handled) => MADANG_EVENTS.concerns(handled, unread({ schema: 2 })))).toEqual([
      false,
      true,
    ]);
    expect(
      [users, handles].map((handled) => MADANG_EVENTS.concerns(handled, unread({ type: 'HandlePainted' }))),
    ).toEqual([true, true]);
  });
});
