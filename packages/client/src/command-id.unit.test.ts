import { validate, version } from 'uuid';
import { newCommandId } from './command-id.js';

test('a commandId is a UUIDv7 of now, and each is another one', () => {
  const before = Date.now();
  const ids = Array.from({ length: 1_000 }, newCommandId);
  const after = Date.now();
  for (const id of ids) {
    expect([validate(id), version(id)]).toEqual([true, 7]);
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(after);
  }
  expect(new Set(ids).size).toBe(ids.length);
});
