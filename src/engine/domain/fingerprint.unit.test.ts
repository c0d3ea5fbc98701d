import fc from 'fast-check';
import { userId } from './ids.js';
import { fingerprint } from './fingerprint.js';

const command = { type: 'SendMessage', userId: userId('u1'), data: { roomId: 'r1', body: 'hi' } };

test('never changes: receipts that exist carry it', () => {
  expect(fingerprint(command)).toBe('682e013e173d76f2ba9c9e47225cdeb8');
});

test('the order of the keys does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (data) => {
      const reversed = Object.fromEntries(Object.entries(data).reverse());
      expect(fingerprint({ ...command, data: { nested: reversed } })).toBe(
        fingerprint({ ...command, data: { nested: data } }),
      );
    }),
  );
});

test('another type, user or content gives another fingerprint', () => {
  const others = [
    { ...command, type: 'SendMassage' },
    { ...command, userId: userId('u2') },
    { ...command, data: { roomId: 'r1', body: 'hi ' } },
    { ...command, data: { roomId: 'r1' } },
    { ...command, data: ['hi', 'r1'] },
    { ...command, data: null },
  ];
  expect(new Set([command, ...others].map(fingerprint)).size).toBe(others.length + 1);
});
