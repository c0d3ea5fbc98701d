import { readCommandRecord } from './command-record.js';

const command = {
  commandId: '0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01',
  type: 'Test',
  schema: 1,
  key: '방',
  userId: 'u',
  traceId: '0'.repeat(32),
  at: '2001-01-01T00:00:00Z',
  data: '안녕',
};
const message = (value: Buffer | null, timestamp = '1700000000123') => ({
  offset: '7',
  key: Buffer.from('방'),
  value,
  timestamp,
});

test('a command is read with the time at which the broker took it', () => {
  expect(readCommandRecord(message(Buffer.from(JSON.stringify(command))))).toEqual({
    offset: 7,
    command: { ...command, at: '2023-11-14T22:13:20.123Z' },
  });
});

test.each(['-1', '', 'x', '9999999999999999'])(
  'where there is no time, such as %j, that of the server that sent it counts',
  (timestamp) => {
    expect(readCommandRecord(message(Buffer.from(JSON.stringify(command)), timestamp))).toEqual({ offset: 7, command });
  },
);

test('bytes that are not UTF-8 are no command', () => {
  const broken = Buffer.from(JSON.stringify(command).replace('안녕', '?'));
  broken[broken.indexOf('?')] = 0xff;
  expect(readCommandRecord(message(broken))).toMatchObject({
    offset: 7,
    unreadable: { reason: 'not UTF-8', key: '방' },
  });
  expect(readCommandRecord(message(null))).toMatchObject({ unreadable: { payload: '' } });
});

test('text longer than a command may be is none, and little of it is kept', () => {
  const { unreadable } = readCommandRecord({
    ...message(Buffer.alloc(5_000_000, 'x')),
    key: Buffer.alloc(100_000, 'k'),
  }) as Extract<ReturnType<typeof readCommandRecord>, { unreadable: unknown }>;
  expect(unreadable.reason).toBe('5000000 bytes, and a command has 262144 at most');
  expect([unreadable.payload.length, unreadable.key!.length]).toEqual([65_536, 1_024]);
});

test.each([
  ['[', ']'],
  ['{"a":', '}'],
])('%s nested for more than 64 levels is no command, and less is one', (open, close) => {
  const nested = (levels: number) =>
    Buffer.from(
      JSON.stringify(command).replace(
        '"안녕"',
        `${open.repeat(levels)}${close === '}' ? '1' : ''}${close.repeat(levels)}`,
      ),
    );
  expect(readCommandRecord(message(nested(63)))).toMatchObject({ command: { commandId: command.commandId } });
  for (const levels of [64, 40_000])
    expect(readCommandRecord(message(nested(levels)))).toMatchObject({
      unreadable: { reason: 'not a command: it nests deeper than 64 levels', key: '방' },
    });
});

test('its kept text is storable: no U+0000 in payload, key or reason', () => {
  const { unreadable } = readCommandRecord({ ...message(Buffer.from('\0{\0')), key: Buffer.from('a\0b') }) as Extract<
    ReturnType<typeof readCommandRecord>,
    { unreadable: unknown }
  >;
  expect(unreadable.payload).toBe('\\u0000{\\u0000');
  expect(unreadable.key).toBe('a\\u0000b');
  expect(unreadable.reason).toMatch(/^not JSON: /);
  expect(JSON.stringify(unreadable)).not.toMatch(/[^\\]\\u0000/);
});
