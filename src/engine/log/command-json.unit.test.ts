import type { CommandEnvelope } from '../domain/envelope.js';
import { fingerprint } from '../domain/fingerprint.js';
import { commandId, offset, spanId, traceId, userId } from '../domain/ids.js';
import { commandRecord, encodeCommand } from './command-json.js';

const command: CommandEnvelope = {
  commandId: commandId('0191d1a0-0000-7000-8000-000000000000'),
  type: 'Test',
  schema: 1,
  key: 'k',
  userId: userId('u'),
  traceId: traceId('ab'.repeat(16)),
  at: '2026-01-01T00:00:00.000Z',
  data: { body: 'a' },
};
const span = spanId('00f067aa0ba902b7');
const read = (payload: string): CommandEnvelope => {
  const record = commandRecord(offset(0), 'k', payload, null);
  if ('unreadable' in record) throw new Error(record.unreadable.reason);
  return record.command;
};

test('a command that is not sampled is stored as before there were traces', () => {
  expect(Object.keys(JSON.parse(encodeCommand({ ...command, span: undefined }).payload) as object)).toEqual([
    'commandId',
    'type',
    'schema',
    'key',
    'userId',
    'traceId',
    'at',
    'data',
  ]);
  expect(read(encodeCommand(command).payload)).toEqual(command);
});

test('a sampled command carries its span, which is no part of its fingerprint', () => {
  const sampled = { ...command, span };
  expect(read(encodeCommand(sampled).payload)).toEqual(sampled);
  expect(fingerprint(sampled)).toBe(fingerprint(command));
});

test.each(['', '0'.repeat(16), 'x'.repeat(16), 'ab', 7, null, {}])('a wrong span counts as none: %j', (wrong) => {
  expect(read(JSON.stringify({ ...command, span: wrong })).span).toBeUndefined();
});

test('a field of a later program is passed over', () => {
  expect(read(JSON.stringify({ ...command, later: 'x' }))).toEqual(command);
});
