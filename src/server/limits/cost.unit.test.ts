import { execute, getIntrospectionQuery } from 'graphql';
import type { DocumentNode } from 'graphql';
import { buildApiSchema } from '../../schema/build-schema.js';
import { costWithin } from './cost.js';
import { createDocuments } from './documents.js';
import { DEFAULT_LIMITS } from './limits.js';
import { refuseOperation } from './refuse-operation.js';

const schema = buildApiSchema();
const documents = createDocuments(schema, DEFAULT_LIMITS);

const asked = (query: string, variables?: Record<string, unknown>): string => {
  const document = documents.get(query);
  if (!('definitions' in document)) return document[0]!.message;
  return refuseOperation({ schema, document, variables }, DEFAULT_LIMITS)?.message ?? 'served';
};
const bodies = (count: number): string => Array.from({ length: count }, (_, index) => `b${index}: body`).join(' ');
const page = (selection: string): string => `{ room(id: "x") { messages(last: 100) { ${selection} } } }`;
const tooCostly = /^Cost limit of 5000 exceeded/;

test.each([
  [
    'a page of messages',
    page('nodes { id seq body createdAt erased author { id handle name } reactions { emoji count mine } }'),
  ],
  ['a page with both its lists', page('edges { cursor node { id body } } nodes { id body } pageInfo { hasNextPage }')],
  [
    'the newest message of a hundred rooms',
    '{ rooms(first: 100) { nodes { id title lastMessage { id body author { name } } } } }',
  ],
])('%s is served', (_what, query) => {
  expect(asked(query)).toBe('served');
});

test.each([
  ['a body under 29 names', page(`nodes { ${bodies(29)} }`)],
  ['a body under 7 names', page(`nodes { ${bodies(7)} }`)],
  ['bodies of both lists, under names', page(`nodes { ${bodies(4)} } edges { node { ${bodies(4)} } }`)],
  [
    'bodies through fragments',
    `${page('nodes { ...A ...B }')} fragment A on Message { ${bodies(4)} } fragment B on Message ` +
      '{ c: body d: body e: body f: body }',
  ],
  [
    'pages under names',
    '{ room(id: "x") { ' +
      `${Array.from({ length: 7 }, (_, index) => `p${index}: messages(last: 100) { nodes { body } }`).join(' ')} } }`,
  ],
  [
    'rooms under names',
    '{ ' +
      Array.from(
        { length: 7 },
        (_, index) => `p${index}: room(id: "x") { messages(last: 100) { nodes { body } } }`,
      ).join(' ') +
      ' }',
  ],
  ['bodies of pages of rooms', '{ rooms(first: 10) { nodes { messages(last: 100) { nodes { body } } } } }'],
])('%s is refused', (_what, query) => {
  expect(asked(query)).toMatch(tooCostly);
});

test('a receipt with unknown keys in its input is refused by the first of them', () => {
  const query = 'mutation ($i: SendMessageInput!) { sendMessage(input: $i) { receipt { status } } }';
  const i = Object.fromEntries(Array.from({ length: 18_000 }, (_, index) => [`k${index}`, index]));
  const { user } = process.cpuUsage();
  const message = asked(query, { i });
  expect(message).toMatch(/^Variable "\$i" got invalid value/);
  expect(message.length).toBeLessThan(520);
  // Without a bound on errors it took more than a minute, and all memory.
  expect(process.cpuUsage().user - user).toBeLessThan(1_000_000);
});

describe('introspection', () => {
  const LEAVES = 'name kind description';
  const THROUGH_ARGUMENTS =
    '{ args { type { name ofType { name } } } } inputFields { type { name ofType { name } } } } } } } }';
  const OF_DIRECTIVES =
    `{ args { type { fields { args { type { ${LEAVES} ofType { ${LEAVES} } } } ` +
    `type { ${LEAVES} ofType { ${LEAVES} } } } } } } }`;
  const FIELD = 'name description isDeprecated args { name description type { name kind } }';
  const types = (below: string): string =>
    `types { fields { ${FIELD} type { ${LEAVES} fields { ${FIELD} type { ${LEAVES} ${below} } } } } }`;
  const times = (count: number, text: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => text(index)).join(' ');

  /** The number of values in an answer, which is the cost of executing it. */
  const valuesOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? Object.values(value).reduce<number>((sum, each) => sum + valuesOf(each), 1)
      : 1;
  const executed = async (query: string): Promise<number> => {
    const document = documents.get(query);
    if (!('definitions' in document)) throw new Error(document[0]!.message);
    return valuesOf((await execute({ schema, document })).data);
  };

  test.each([
    ['as an IDE asks', getIntrospectionQuery()],
    [
      'as an IDE asks for all that there is',
      getIntrospectionQuery({
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ],
    ['of one type', '{ __type(name: "Message") { name fields { name type { name fields { name } } } } }'],
    ['of the names of all types', `{ ${times(29, (index) => `a${index}: __schema { types { name } }`)} }`],
  ])('%s is served, and takes some thousands of values', async (_what, query) => {
    expect(asked(query)).toBe('served');
    expect(await executed(query)).toBeLessThan(15_000);
  });

  test('as an IDE asks costs less than half of the limit, and not less than its values', async () => {
    const query = getIntrospectionQuery();
    const document = documents.get(query) as DocumentNode;
    const cost = costWithin({ schema, document }, Number.MAX_SAFE_INTEGER);
    // Beyond the half, new types would soon make the console's and every IDE's question too costly.
    expect(cost).toBeLessThan(DEFAULT_LIMITS.cost / 2);
    expect(cost).toBeGreaterThan((await executed(query)) / 20);
  });

  test.each([
    [
      'under 29 names',
      `{ ${times(29, (index) => `a${index}: __schema { ...S }`)} } fragment S on __Schema ` +
        `{ ${types('ofType { name }')} }`,
    ],
    [
      'under 6 names',
      `{ ${times(6, (index) => `a${index}: __schema { ...S }`)} } fragment S on __Schema ` +
        `{ ${types('ofType { name }')} }`,
    ],
    [
      'with types below fields below types',
      `{ __schema { ${types(`ofType { ${LEAVES} ofType { ${times(29, (index) => `a${index}: name`)} } }`)} } }`,
    ],
    [
      'through arguments',
      `{ ${times(6, (index) => `a${index}: __schema { types { fields { args { type { fields ${THROUGH_ARGUMENTS}`)} }`,
    ],
    ['of directives', `{ ${times(8, (index) => `a${index}: __schema { directives ${OF_DIRECTIVES}`)} }`],
    [
      'of one type, many times',
      `{ ${times(29, (index) => `a${index}: __type(name: "Mutation") { ...T }`)} ` +
        `} fragment T on __Type { fields { ${FIELD} type { ${LEAVES} fields { ${FIELD} type ` +
        `{ ${LEAVES} ofType { ${LEAVES} } } } } } }`,
    ],
  ])('%s: served with some thousands of values, or refused', async (_what, query) => {
    const message = asked(query);
    if (message === 'served') expect(await executed(query)).toBeLessThan(30_000);
    else expect(message).toMatch(tooCostly);
  });

  test('a question of 1 kB does not have 150,000 values for its answer', () => {
    expect(
      asked(
        `{ ${times(29, (index) => `a${index}: __schema { ...S }`)} } fragment S on __Schema ` +
          `{ ${types('ofType { name }')} }`,
      ),
    ).toMatch(tooCostly);
  });
});
