import { readCommandRecord } from './command-record.js';

const command = { commandId: '0b6f2c1e-93a0-5c7e-8a51-0d2f4b6a8c01', type: 'Test', schema: 1, key: '방', userId: 'u', traceId: '0'.repeat(32), at: '2001-01-01T00:00:00Z', data: '안녕' };
const message = (value: Buffer | null, timestamp = '1700000000123') => ({ offset: '7', key: Buffer.from('방'), value, timestamp });

test('a command is read with the time at which the broker took it', () => {
  expect(readCommandRecord(message(Buffer.from(JSON.stringify(command))))).toEqual({ offset: 7, command: { ...command, at: '2023-11-14T22:13:20.123Z' } });
});

test.each(['-1', '', 'x', '9999999999999999'])('where there is no time, such as %j, that of the server that sent it counts', (timestamp) => {
  expect(readCommandRecord(message(Buffer.from(JSON.stringify(command)), timestamp))).toEqual({ offset: 7, command });
});

test('bytes that are not UTF-8 are no command', () => {
  const broken = Buffer.from(JSON.stringify(command).replace('안녕', '?'));
  broken[broken.indexOf('?')] = 0xff;
  expect(readCommandRecord(message(broken))).toMatchObject({ offset: 7, unreadable: { reason: 'not UTF-8', key: '방' } });
  expect(readCommandRecord(message(null))).toMatchObject({ unreadable: { payload: '' } });
});
