import { readFileSync } from 'node:fs';
import { entryOf, eventOf } from '../engine/postgres/event-rows.js';
import type { EventRow } from '../engine/postgres/event-rows.js';
import { isReadable } from '../engine/domain/event.js';
import { EVENTS, MADANG_EVENTS } from './definitions.js';

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
