import type { Data, EventSchema } from './upcast.js';
import { UnreadableEventError, upcast } from './upcast.js';

const schemas: Readonly<Record<string, EventSchema>> = {
  Once: { version: 1, upcasts: [] },
  Thrice: {
    version: 3,
    upcasts: [(data) => ({ ...data, steps: [1] }), (data) => ({ ...data, steps: [...(data.steps as number[]), 2] })],
  },
};
const read = (type: string, schema: number, data: Data = { id: 7 }): Data => upcast(schemas, type, schema, data);

test('data of each version becomes that of the current one, a version at a time', () => {
  expect(read('Once', 1)).toEqual({ id: 7 });
  expect(read('Thrice', 1)).toEqual({ id: 7, steps: [1, 2] });
  expect(read('Thrice', 2, { id: 7, steps: [] })).toEqual({ id: 7, steps: [2] });
  expect(read('Thrice', 3)).toEqual({ id: 7 });
});

test('stored data stays as it is', () => {
  const stored = { id: 7, steps: [] };
  read('Thrice', 2, stored);
  expect(stored).toEqual({ id: 7, steps: [] });
});

test.each([
  ['Twice', 1, 'Twice is unknown'],
  ['constructor', 1, 'constructor is unknown'],
  ['Once', 2, 'reads up to 1: deploy a newer one'],
  ['Thrice', 4, 'reads up to 3: deploy a newer one'],
  ['Thrice', 0, 'no program ever wrote'],
  ['Thrice', -1, 'no program ever wrote'],
  ['Thrice', 1.5, 'no program ever wrote'],
  ['Thrice', Number.NaN, 'no program ever wrote'],
])('%s of version %d is not misread', (type, schema, reason) => {
  expect(() => read(type, schema)).toThrow(UnreadableEventError);
  expect(() => read(type, schema)).toThrow(reason);
});
