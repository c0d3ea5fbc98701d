import { derivedId, isCommandId, newCommandId, parseCommandId } from './command-id.js';

describe('a client’s commandId', () => {
  test.each([
    'a7c1b3de-0000-1000-8000-000000000000',
    'a7c1b3de-4b7e-4f0a-9a53-2f4f6d1e8b37',
    '018f2f6e-4b7e-7f0a-9a53-2f4f6d1e8b37',
    '11111111-1111-1111-1111-111111111111',
  ])('%s is one, in either case, and is kept in lower case', (value) => {
    expect(parseCommandId(value)).toBe(value);
    expect(parseCommandId(value.toUpperCase())).toBe(value);
    expect(isCommandId(value.toUpperCase())).toBe(true);
  });

  test.each([
    '',
    'hello',
    '00000000-0000-0000-0000-000000000000',
    '{11111111-1111-1111-1111-111111111111}',
    '11111111111111111111111111111111',
    '11111111-1111-1111-1111-111111111111\n',
    'g1111111-1111-1111-1111-111111111111',
  ])('%j is none', (value) => {
    expect(parseCommandId(value)).toBeNull();
    expect(isCommandId(value)).toBe(false);
  });
});

test('the ids that a server makes are commandIds, differ, and rise', () => {
  const ids = Array.from({ length: 1000 }, newCommandId);
  expect(ids.every(isCommandId)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});

describe('derived ids', () => {
  test('never change: rooms that exist are known by them', () => {
    expect(derivedId('room', 'u1', '11111111-1111-1111-1111-111111111111')).toBe(
      'b9b0fd6e-96ef-5ce5-9882-2ec32e52fdeb',
    );
  });

  test('are UUIDs of version 5, equal for equal parts only', () => {
    expect(derivedId('room', 'u1', 'c1')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(derivedId('room', 'u1', 'c1')).toBe(derivedId('room', 'u1', 'c1'));
    const all = [
      derivedId('room', 'ab', 'c'),
      derivedId('room', 'a', 'bc'),
      derivedId('user', 'ab', 'c'),
      derivedId('room', 'abc'),
      derivedId('room'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});
