import { GraphQLError, buildSchema, parse } from 'graphql';
import { refuseCost } from './cost.js';
import { createDocuments } from './documents.js';
import { DEFAULT_LIMITS } from './limits.js';

const schema = buildSchema('type Query { name: String page(first: Int!): Int }');
const documents = createDocuments(schema, DEFAULT_LIMITS);

test('a document is read once, however often it comes', () => {
  const query = '{ name }';
  const first = documents.get(query);
  expect(first).toHaveProperty('kind', 'Document');
  expect(documents.get(query)).toBe(first);
});

test('what is refused is refused again, with its code', () => {
  for (let i = 0; i < 2; i++) {
    expect(documents.get('{')).toEqual([expect.objectContaining({ extensions: { code: 'GRAPHQL_PARSE_FAILED' } })]);
    expect(documents.get('{ nothing }')).toEqual([expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })]);
    expect(documents.get('')).toEqual([expect.any(GraphQLError)]);
  }
});

test('the cost is that of the operation that is asked for', () => {
  const document = documents.get('query A { name } query B { a: name b: name c: name }');
  if (Array.isArray(document) || !('definitions' in document)) throw new Error('the document is good');
  expect(refuseCost({ schema, document, operationName: 'A' }, 2)).toBeNull();
  expect(refuseCost({ schema, document, operationName: 'B' }, 2)?.message).toContain('limit of 2 exceeded, found 3');
});

test('a cost that is known is that of the same numbers and of what is left out, not of others', () => {
  const counted = buildSchema('type Query { page(first: Int!): Int more: Int }');
  counted.getQueryType()!.getFields().page!.extensions = { complexity: ({ args }: { readonly args: { readonly first: number } }) => args.first };
  const document = parse('query ($first: Int!, $more: Boolean = false) { page(first: $first) more @include(if: $more) }');
  const cost = (variables: Readonly<Record<string, unknown>>) => refuseCost({ schema: counted, document, variables }, 0)?.message.match(/found (\d+)/)?.[1];
  for (let i = 0; i < 2; i++) {
    expect([cost({ first: 10 }), cost({ first: 1_000 }), cost({ first: 10, more: true }), cost({ first: 10, more: false })]).toEqual(['10', '1000', '11', '10']);
    expect(() => cost({ first: 'ten' })).toThrow(GraphQLError);
  }
});

test('variables with thousands of unknown keys are refused by the first of them, in milliseconds and in a short message', () => {
  const strict = buildSchema('input Input { name: String } type Query { echo(input: Input!): String }');
  const document = parse('query ($i: Input!) { echo(input: $i) }');
  const variables = { i: Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index])) };
  let refusal: unknown;
  const { user } = process.cpuUsage();
  try {
    refuseCost({ schema: strict, document, variables }, 100);
  } catch (error) {
    refusal = error;
  }
  // Microseconds. With each of 50 errors printing the value it was a hundred times as much, without a bound it never ended.
  expect(process.cpuUsage().user - user).toBeLessThan(1_000_000);
  expect(refusal).toBeInstanceOf(GraphQLError);
  expect((refusal as GraphQLError).message).toMatch(/^Variable "\$i" got invalid value .* is not defined by type "Input"/s);
  expect((refusal as GraphQLError).message.length).toBeLessThan(600);
});

test('a document that is longer than the limit is refused before it is read', () => {
  const padded = `${'#\n'.repeat(DEFAULT_LIMITS.characters / 2)}{ name }`;
  expect(documents.get(padded)).toEqual([expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })]);
});

test('a document that is kept holds none of its comments', () => {
  const document = documents.get(`${'#\n'.repeat(10_000)}{ name # the last\n }`);
  if (Array.isArray(document) || !('definitions' in document)) throw new Error('the document is good');
  const kinds: string[] = [];
  for (let token = document.loc?.startToken; token; token = token.next ?? undefined) kinds.push(token.kind);
  expect(kinds).toEqual(['<SOF>', '{', 'Name', '}', '<EOF>']);
  const backwards: string[] = [];
  for (let token = document.loc?.endToken; token; token = token.prev ?? undefined) backwards.unshift(token.kind);
  expect(backwards).toEqual(kinds);
});

test('a field that is selected hundreds of times is refused before the rules that compare each with each', () => {
  const deep = buildSchema('type Query { me: Query id: ID }');
  const { get } = createDocuments(deep, DEFAULT_LIMITS);
  const refused = [expect.objectContaining({ message: expect.stringContaining('more than 60 times: ask for it once') as string, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })];
  expect(get(`{${'me{id}'.repeat(490)}}`)).toEqual(refused);
  expect(get(`{...A} fragment A on Query {${'x:me{id}'.repeat(49)}} ${Array.from({ length: 61 }, (_, index) => `fragment F${index} on Query {me{id}}`).join(' ')}`)).toEqual(refused);
  expect(get(`{${'me{id}'.repeat(60)}}`)).toHaveProperty('kind', 'Document');
});

test('the refusal of a document by the schema is remembered', () => {
  const query = '{ name nothing }';
  expect(documents.get(query)).toBe(documents.get(query));
});
