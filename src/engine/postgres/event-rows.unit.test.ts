import { MADANG_EVENTS } from '../../events/definitions.js';
import { UnreadableEventError } from '../domain/upcast.js';
import type { EventRow } from './event-rows.js';
import { entryOf, eventOf } from './event-rows.js';

const row: EventRow = {
  partition: 3,
  position: 10,
  key: 'hall',
  stream: 'room-hall',
  version: 7,
  type: 'MessagePosted',
  schema: 99,
  data: {},
  command_id: '7a1c3c0e-6d3f-4b55-9f0e-0d3f7e0b6f11',
  trace_id: '0'.repeat(32),
  at: new Date(0),
};

test('an event of a newer program is refused with its place in the log', () => {
  const refused = expect.objectContaining({
    code: 'UNREADABLE_EVENT',
    message: expect.stringMatching(/^MessagePosted has schema 99.*\(position 10 of partition 3, stream room-hall\)$/),
  });
  expect(() => eventOf(MADANG_EVENTS, row)).toThrow(refused);
  expect(() => eventOf(MADANG_EVENTS, row)).toThrow(UnreadableEventError);
});

test('as an entry of the log it has its place beside the reason', () => {
  const entry = entryOf(MADANG_EVENTS, row);
  expect(entry).toMatchObject({ partition: 3, position: 10, stream: 'room-hall' });
  expect('unreadable' in entry && entry.unreadable.message).toMatch(/deploy a newer one$/);
});
