import { commandDefinition } from '../../commands/registry.js';
import type { CommandEnvelope } from '../domain/envelope.js';
import { commandId, offset, traceId, userId } from '../domain/ids.js';
import type { CommandRecord } from '../log/command-log.js';
import { inOrderOfTime, lastTime, readRecord, withoutRepeats } from './read-batch.js';

const at = (time: string): CommandRecord => {
  const command: CommandEnvelope = {
    commandId: commandId('c'),
    type: 'Test',
    schema: 1,
    key: 'k',
    userId: userId('u'),
    traceId: traceId('t'),
    at: time,
    data: {},
  };
  return { offset: offset(0), command };
};
const unreadable: CommandRecord = { offset: offset(0), unreadable: { reason: 'x', payload: 'x', key: null } };
const times = (records: readonly CommandRecord[], since: string | null) =>
  inOrderOfTime(records, since === null ? null : new Date(since)).map((record) =>
    'command' in record ? record.command.at : null,
  );

test('no command is decided at a time before that of its predecessor', () => {
  const records = [
    at('2026-01-01T00:00:00.000Z'),
    at('2026-01-01T00:00:05.000Z'),
    at('2026-01-01T00:00:03.000Z'),
    unreadable,
    at('2026-01-01T00:00:05.001Z'),
  ];
  expect(times(records, '2025-01-01T00:00:00.000Z')).toEqual([
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:05.000Z',
    '2026-01-01T00:00:05.000Z',
    null,
    '2026-01-01T00:00:05.001Z',
  ]);
});

test('nor before that of the last one of an earlier owner', () => {
  expect(times([at('2026-01-01T00:00:00.000Z'), at('2026-01-01T00:00:09.000Z')], '2026-01-01T00:00:04.000Z')).toEqual([
    '2026-01-01T00:00:04.000Z',
    '2026-01-01T00:00:09.000Z',
  ]);
});

test('the first of a queue has the time that the log gave it', () => {
  expect(times([at('2026-01-01T00:00:00.000Z'), at('2025-12-31T23:59:59.999Z')], null)).toEqual([
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000Z',
  ]);
});

test('a record that is no command has no time', () => {
  const read = (...records: readonly CommandRecord[]) =>
    records.map((record) => readRecord(commandDefinition, record, 'commands'));
  const since = new Date(5);
  expect(lastTime(read(at('2026-01-01T00:00:00.000Z'), unreadable), since)).toEqual(
    new Date('2026-01-01T00:00:00.000Z'),
  );
  expect([lastTime(read(unreadable), since), lastTime([], since), lastTime([], null)]).toEqual([since, since, null]);
});

const ROOM = '0b0b7c56-9d3c-4b5e-8d5e-111111111111';

test.each([
  [
    'in another partition than its key says',
    { misplaced: { partition: 1, belongs: 2 } },
    {},
    'belongs to partition 2, and this is in 1',
  ],
  ['of a newer schema', {}, { schema: 2 }, 'CreateRoom has schema 2, this program knows 1'],
  ['under the key of another object', {}, { key: `${ROOM.slice(0, -1)}2` }, 'was partitioned by'],
  ['with data that do not fit', {}, { data: { roomId: ROOM, title: '' } }, 'CreateRoom does not fit its schema'],
  ['of a type that nobody knows', {}, { type: 'CreateCastle' }, 'command type CreateCastle is unknown'],
  [
    'on the queue of other commands',
    {},
    {},
    'CreateRoom is a command of the queue commands, and this is gifticon.requests',
    'gifticon.requests',
  ],
])('a good command %s is malformed there', (_, ofRecord, ofCommand, reason, queue = 'commands') => {
  const { command, ...record } = at('2026-01-01T00:00:00.000Z') as Extract<CommandRecord, { command: CommandEnvelope }>;
  const good = { ...command, type: 'CreateRoom', key: ROOM, data: { roomId: ROOM, title: ' 마당 ' } };
  // The decider gets what the schema makes of the data.
  expect(readRecord(commandDefinition, { ...record, command: good }, 'commands')).toMatchObject({
    kind: 'decidable',
    command: { ...good, data: { roomId: ROOM, title: '마당' } },
  });
  const changed: CommandRecord = { ...record, command: { ...good, ...ofCommand }, ...ofRecord };
  expect(readRecord(commandDefinition, changed, queue)).toMatchObject({
    kind: 'malformed',
    reason: expect.stringContaining(reason) as string,
  });
});

test('a gifticon request is a command of its own queue only', () => {
  const campaignId = '0b0b7c56-9d3c-4b5e-8d5e-111111111111';
  const { command, ...record } = at('2026-01-01T00:00:00.000Z') as Extract<CommandRecord, { command: CommandEnvelope }>;
  const request: CommandRecord = {
    ...record,
    command: { ...command, type: 'RequestGifticon', key: campaignId, data: { campaignId } },
  };
  expect(readRecord(commandDefinition, request, 'gifticon.requests')).toMatchObject({ kind: 'decidable' });
  expect(readRecord(commandDefinition, request, 'commands')).toMatchObject({ kind: 'malformed' });
});

test('the first of a repeated command counts; a non-command is taken for no other', () => {
  const named = (id: string): CommandRecord => {
    const record = at('2026-01-01T00:00:00.000Z');
    return 'command' in record ? { ...record, command: { ...record.command, commandId: commandId(id) } } : record;
  };
  const kept = withoutRepeats(
    [named('a'), unreadable, named('a'), named('b'), unreadable, named('a')].map((record) =>
      readRecord(commandDefinition, record, 'commands'),
    ),
  );
  expect(kept.map((record) => (record.kind === 'unreadable' ? null : record.command.commandId))).toEqual([
    'a',
    null,
    'b',
    null,
  ]);
});
