import { MADANG_EVENTS } from '../../events/definitions.js';
import type { Receipt } from '../domain/receipt.js';
import type { RecordedEvent } from '../domain/event.js';
import { commandId, epoch, offset, position, streamId, traceId, userId } from '../domain/ids.js';
import { roomId } from '../../events/ids.js';
import type { DecidedBatch } from '../log/event-feed.js';
import { batchText, feedBatchOfText } from './batch-text.js';
import { createTextSignature } from './text-signature.js';

const OURS = createTextSignature(Buffer.alloc(32));
const THEIRS = createTextSignature(Buffer.alloc(32, 1));
const text = (of: DecidedBatch, signature = OURS) => batchText(MADANG_EVENTS, signature, of);
const parse = (signed: string) => feedBatchOfText(MADANG_EVENTS, OURS, signed);

const room = roomId('0b0b7c56-9d3c-4b5e-8d5e-111111111111');
const id = commandId('0b0b7c56-9d3c-4b5e-8d5e-222222222222');
const at = new Date('2026-01-02T03:04:05.678Z');

const event: RecordedEvent = {
  partition: 2,
  position: position(7),
  key: room,
  stream: streamId(`room-${room}`),
  version: 3,
  event: { type: 'MessagePosted', data: { roomId: room, seq: 3, authorId: userId('u'), body: '안녕 "마당"' } },
  commandId: id,
  traceId: traceId('a'.repeat(32)),
  at,
};
const receipt: Receipt = {
  commandId: id,
  fingerprint: 'f',
  userId: userId('u'),
  traceId: event.traceId,
  queue: 'commands',
  key: room,
  partition: 2,
  offset: offset(9),
  rejection: null,
  position: position(7),
  events: 1,
  decidedAt: at,
};
const batch = (count: number): DecidedBatch => ({
  partition: 2,
  epoch: epoch(3),
  head: position(7),
  events: Array.from({ length: count }, () => event),
  receipts: Array.from({ length: count }, () => receipt),
});

test('a small batch comes back as it was', () => {
  expect(parse(text(batch(2))!)).toEqual(batch(2));
  expect(parse(text(batch(0))!)).toEqual(batch(0));
});

test('a large one has no text', () => {
  expect(text(batch(12))).not.toBeNull();
  expect(text(batch(13))).toBeNull();
});

test.each([
  ['another key', text(batch(1), THEIRS)!],
  ['another head', text(batch(1))!.replace('"head":7', '"head":8')],
  ['no signature', text(batch(1))!.replace(/,"signature":"[^"]*"/, '')],
  ['nothing after its signature', text(batch(1))!.slice(0, -1) + ' }'],
])('of a batch with %s only the partition is known', (_, signed) => {
  expect(parse(signed)).toEqual({ unsigned: 2 });
});

test('a batch with an event of an unknown type becomes a bare head', () => {
  const later = { ...event, event: { ...event.event, type: 'MessageSung' } } as unknown as RecordedEvent;
  const catalog = { ...MADANG_EVENTS, schemaVersion: () => 1 };
  expect(parse(batchText(catalog, OURS, { ...batch(1), events: [later] })!)).toEqual({
    partition: 2,
    epoch: null,
    head: 7,
    events: [],
    receipts: [],
  });
});
