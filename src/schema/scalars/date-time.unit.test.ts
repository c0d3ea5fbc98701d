import { graphql, GraphQLObjectType, GraphQLSchema } from 'graphql';
import fc from 'fast-check';
import { DateTimeScalar } from './date-time.js';

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      at: {
        type: DateTimeScalar,
        args: { at: { type: DateTimeScalar } },
        resolve: (_source, args: { at?: Date }) => args.at,
      },
    },
  }),
});

/** As a literal, and as a variable. */
const both = async (text: string) => {
  const literal = await graphql({ schema, source: `{ at(at: ${JSON.stringify(text)}) }` });
  const variable = await graphql({
    schema,
    source: 'query ($at: DateTime) { at(at: $at) }',
    variableValues: { at: text },
  });
  expect([literal.data?.at, literal.errors === undefined]).toEqual([variable.data?.at, variable.errors === undefined]);
  return literal.errors ? null : literal.data?.at;
};

test.each([
  ['2026-02-28T23:59:59.999Z', '2026-02-28T23:59:59.999Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2000-02-29T00:00Z', '2000-02-29T00:00:00.000Z'],
  ['2026-01-01T00:00:00+09:00', '2025-12-31T15:00:00.000Z'],
  ['2026-12-31T23:59:59-23:59', '2027-01-01T23:58:59.000Z'],
  ['2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00.123Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
])('%s is %s', async (text, at) => {
  expect(await both(text)).toBe(at);
});

test.each([
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-00-10T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-32T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T25:00:00Z',
  '2026-01-01T00:60:00Z',
  '2026-01-01T23:59:60Z',
  '2016-12-31T23:59:60Z',
  '2026-01-01T00:00:00',
  '2026-01-01',
  '2026-01-01T00:00:00+24:00',
  '2026-01-01T00:00:00+09',
  '2026-01-01T00:00:00+0900',
  '2026-01-01T00:00:00+09:60',
  '2026-01-01T00:00:00z',
  '2026-01-01 00:00:00Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '10000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '+002026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.Z',
  '',
  'now',
])('%j is refused', async (text) => {
  expect(await both(text)).toBeNull();
});

test('every date and time is read as it is written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
      async (date) => {
        expect(await both(date.toISOString())).toBe(date.toISOString());
      },
    ),
    { numRuns: 50 },
  );
});
