import { GraphQLError, buildSchema, parse } from 'graphql';
import { refuseCost } from './cost.js';
import { createDocuments } from './documents.js';
import { tooManyItems } from './items.js';
import { refuseOperation } from './refuse-operation.js';
import { DEFAULT_LIMITS } from './limits.js';

const schema = buildSchema('type Query { name: String page(first: Int!): Int }');
const documents = createDocuments(schema, DEFAULT_LIMITS);

test('a document is parsed once, for any number of requests', () => {
  const query = '{ name }';
  const first = documents.get(query);
  expect(first).toHaveProperty('kind', 'Document');
  expect(documents.get(query)).toBe(first);
});

test('a mutation with text in the document is not kept: its author may be erased', () => {
  const writing = createDocuments(
    buildSchema('type Query { at(id: String): Int } type Mutation { say(words: String, n: Int): Int }'),
    DEFAULT_LIMITS,
  );
  const isKept = (query: string): boolean => writing.get(query) === writing.get(query);
  expect(
    [
      'mutation { say(words: "secret") }',
      'mutation { say(words: """secret""") }',
      'mutation { ...F } fragment F on Mutation { say(words: "secret") }',
    ].map(isKept),
  ).toEqual([false, false, false]);
  expect(
    [
      'mutation ($w: String) { say(words: $w, n: 1) }',
      '{ at(id: "a") }',
      'query A { at(id: "a") } mutation B { say(n: 1) }',
    ].map(isKept),
  ).toEqual([true, true, true]);
  // A refusal contains the text as well.
  expect(isKept('mutation { nobody(words: "secret") }')).toBe(false);
});

test('a refused document is refused again, with its code', () => {
  for (let i = 0; i < 2; i++) {
    expect(documents.get('{')).toEqual([expect.objectContaining({ extensions: { code: 'GRAPHQL_PARSE_FAILED' } })]);
    expect(documents.get('{ nothing }')).toEqual([
      expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }),
    ]);
    expect(documents.get('')).toEqual([expect.any(GraphQLError)]);
  }
});

test('all items of lists in the variables count, before they are coerced', () => {
  const lists = (...sizes: readonly number[]) => sizes.map((size) => Array.from({ length: size }, () => 1));
  // The outer list counts, too.
  expect(tooManyItems({ a: lists(3, 4), b: { c: lists(1) } }, 11)).toBe(false);
  expect(tooManyItems({ a: lists(3, 4), b: { c: lists(1) } }, 10)).toBe(true);
  expect(tooManyItems({ a: null, b: 'text', c: { d: {} } }, 0)).toBe(false);
  expect(tooManyItems(undefined, 0)).toBe(false);
  const document = documents.get('query ($n: Int!) { page(first: $n) }');
  if (!('definitions' in document)) throw new Error('the document is good');
  const question = { schema, document, variables: { n: 1, other: lists(2_000)[0] } };
  expect(refuseOperation(question, DEFAULT_LIMITS)).toBeNull();
  expect(
    refuseOperation({ ...question, variables: { n: 1, other: lists(2_001)[0] } }, DEFAULT_LIMITS)?.extensions,
  ).toEqual({ code: 'BAD_USER_INPUT' });
});

test('the cost is that of the requested operation', () => {
  const document = documents.get('query A { name } query B { a: name b: name c: name }');
  if (!('definitions' in document)) throw new Error('the document is good');
  expect(refuseCost({ schema, document, operationName: 'A' }, 2)).toBeNull();
  expect(refuseCost({ schema, document, operationName: 'B' }, 2)?.message).toContain('limit of 2 exceeded, found 3');
});

test('a known cost is that of the same numbers and omissions, not of others', () => {
  const counted = buildSchema('type Query { page(first: Int!): Int more: Int }');
  counted.getQueryType()!.getFields().page!.extensions = {
    complexity: ({ args }: { readonly args: { readonly first: number } }) => args.first,
  };
  const document = parse(
    'query ($first: Int!, $more: Boolean = false) { page(first: $first) more @include(if: $more) }',
  );
  const cost = (variables: Readonly<Record<string, unknown>>) =>
    refuseCost({ schema: counted, document, variables }, 0)?.message.match(/found (\d+)/)?.[1];
  for (let i = 0; i < 2; i++) {
    expect([
      cost({ first: 10 }),
      cost({ first: 1_000 }),
      cost({ first: 10, more: true }),
      cost({ first: 10, more: false }),
    ]).toEqual(['10', '1000', '11', '10']);
    expect(() => cost({ first: 'ten' })).toThrow(GraphQLError);
  }
});

test('variables with thousands of unknown keys are refused by the first, in short', () => {
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
  // Microseconds. With each of 50 errors printing the value it was a hundred times as much; without a bound it never
  // ended.
  expect(process.cpuUsage().user - user).toBeLessThan(1_000_000);
  expect(refusal).toBeInstanceOf(GraphQLError);
  expect((refusal as GraphQLError).message).toMatch(
    /^Variable "\$i" got invalid value .* is not defined by type "Input"/s,
  );
  expect((refusal as GraphQLError).message.length).toBeLessThan(600);
});

test('a document that is longer than the limit is refused before it is read', () => {
  const padded = `${'#\n'.repeat(DEFAULT_LIMITS.characters / 2)}{ name }`;
  expect(documents.get(padded)).toEqual([
    expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }),
  ]);
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

const refusedAsMany = [
  expect.objectContaining({
    message: expect.stringContaining('too many times in one place') as string,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  }),
];

describe('too many pairs for validation are refused before it', () => {
  const deep = buildSchema('type Query { me: Query you: Query id: ID }');
  const { get } = createDocuments(deep, { ...DEFAULT_LIMITS, aliases: 2_000 });
  const of = (count: number, text: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => text(index)).join(' ');

  test.each([
    ['a field', `{${of(490, () => 'me{id}')}}`],
    ['an alias', `{${of(300, () => 'a:me{id}')}}`],
    ['a field in inline fragments', `{${of(200, () => '...on Query{me{id}}')}}`],
    ['a field below', `{me{me{${of(400, () => 'me{id}')}}}}`],
    ['a field of fragments', `{...F0} ${of(180, (index) => `fragment F${index} on Query{me{id}}`)}`],
    ['a field and one of fragments', `{${of(150, () => 'id')} ...A} fragment A on Query{${of(150, () => 'id')}}`],
    ['spreads', `{${of(30, () => `me{${of(30, (index) => `...F${index}`)}}`)}}`],
    ['several fields', `{${of(120, () => 'me{id}')} ${of(120, () => 'you{id}')} ${of(120, () => 'id')}}`],
  ])('%s', (_what, query) => {
    expect(get(query)).toEqual(refusedAsMany);
  });

  test.each([
    ['one field in many places', `{${of(300, (index) => `a${index}:me{id}`)}}`],
    ['one operation of many', of(200, (index) => `query Q${index}{me{id}}`)],
    ['a hundred times in one place', `{${of(100, () => 'me{id}')}}`],
  ])('%s is served', (_what, query) => {
    expect(get(query)).toHaveProperty('kind', 'Document');
  });
});

test('fragments that unfold to billions are counted in linear time, and refused once', () => {
  const nested = buildSchema('type Query { me: Query id: ID }');
  const { get } = createDocuments(nested, DEFAULT_LIMITS);
  const fragments = Array.from(
    { length: 40 },
    (_, i) => `fragment F${i} on Query { ...F${i + 1} ... on Query { ...F${i + 1} } }`,
  ).join(' ');
  const message = expect.stringMatching(
    /^Selections limit of 3000 exceeded, found \d{13} with fragments unfolded\.$/,
  ) as string;
  expect(get(`query ($n: Int) { me { ...F0 } } ${fragments} fragment F40 on Query { id }`)).toEqual([
    expect.objectContaining({ message: message }),
  ]);
  expect(get('{ ...A } fragment A on Query { me { ...A } }')).toEqual([
    expect.objectContaining({ message: expect.stringContaining('Cannot spread fragment "A" within itself') as string }),
  ]);
});

test('the refusal of a document by the schema is remembered, without the document', () => {
  const query = '{ name nothing }';
  const refused = documents.get(query) as readonly GraphQLError[];
  expect(documents.get(query)).toBe(refused);
  expect(refused[0]).toMatchObject({ nodes: undefined, locations: [{ line: 1, column: 8 }] });
});

test('thousands of errors in a document are a few, and each is short', () => {
  const hostile = [
    `{ ${Array.from({ length: 1_900 }, (_, index) => `nam${index}`).join(' ')} }`,
    `{ ${'x'.repeat(32_000)} }`,
    `{ page(first: [${'1 '.repeat(1_900)}]) }`,
    `query (${Array.from({ length: 390 }, (_, index) => `$v${index}: Strin`).join(' ')}) { name }`,
    `{ name ${Array.from({ length: 900 }, (_, index) => `@x${index}`).join(' ')} }`,
    `{ page(${Array.from({ length: 600 }, (_, index) => `firs${index}: 1`).join(' ')}) }`,
    `{ name "${'x'.repeat(32_000)} }`,
  ];
  for (const query of hostile) {
    const errors = documents.get(query) as readonly GraphQLError[];
    expect(errors.length).toBeLessThanOrEqual(11);
    for (const { message } of errors) expect(message.length).toBeLessThan(520);
    for (const { locations } of errors) expect(locations?.length ?? 0).toBeLessThanOrEqual(10);
  }
});

describe('the root selection of a subscription', () => {
  const streaming = buildSchema('type Query { name: String } type Subscription { a(n: Int): String b: String }');
  const { get } = createDocuments(streaming, DEFAULT_LIMITS);
  const asked = (query: string, variables?: Record<string, unknown>): unknown => {
    const document = get(query);
    if (!('definitions' in document)) return document[0]?.message;
    return refuseOperation({ schema: streaming, document, variables }, DEFAULT_LIMITS)?.message ?? 'served';
  };
  const nothing = '@skip and @include leave nothing to subscribe to: leave the subscription out instead.';

  test.each([
    ['subscription { a @skip(if: true) }', nothing],
    ['subscription { a @include(if: false) }', nothing],
    ['subscription ($x: Boolean!) { a @include(if: $x) }', nothing],
    ['subscription ($x: Boolean = false) { a @include(if: $x) }', nothing],
    ['subscription ($x: Boolean!) { ... @include(if: $x) { a } }', nothing],
    ['subscription ($x: Boolean!) { ...F @include(if: $x) } fragment F on Subscription { a }', nothing],
    ['subscription ($x: Boolean!) { ...F } fragment F on Subscription { a @include(if: $x) }', nothing],
    ['subscription ($x: Boolean!) { a @skip(if: $x) }', 'served'],
    ['subscription ($x: Boolean!) { ... @skip(if: $x) { a } }', 'served'],
    ['subscription { a b @skip(if: true) }', 'served'],
    ['subscription { a ...F ...F } fragment F on Subscription { a ...F2 } fragment F2 on Subscription { a }', 'served'],
    ['subscription { a b }', 'Anonymous Subscription must select only one top level field.'],
    [
      'subscription S($x: Boolean!) { a @include(if: $x) b @skip(if: $x) }',
      'Subscription "S" must select only one top level field.',
    ],
    ['subscription { __typename }', 'Anonymous Subscription must not select an introspection top level field.'],
  ])('%s', (query, expected) => {
    expect(asked(query, query.includes('$x: Boolean!') ? { x: false } : undefined)).toBe(expected);
  });

  test('a condition that is missing is the error of its variable', () => {
    expect(asked('subscription ($x: Boolean!) { a @include(if: $x) }')).toContain('Variable "$x" of required type');
  });
});
