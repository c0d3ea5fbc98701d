import type { GraphQLBody, TestServer } from './fixture.js';
import { connected, results, startServer, stream } from './fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Sent {
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
}

/** The same operation over each transport, in the same shape. */
const transports: Readonly<Record<string, (sent: Sent) => Promise<GraphQLBody>>> = {
  http: async (sent) => (await server.post(sent)).body,
  async websocket(sent) {
    using socket = await connected(server.wsUrl);
    socket.send({ id: '1', type: 'subscribe', payload: sent });
    const { type, payload } = await socket.message(({ id }) => id === '1');
    return type === 'error' ? { errors: payload as NonNullable<GraphQLBody['errors']> } : (payload as GraphQLBody);
  },
  async sse(sent) {
    const { text } = await stream(server.url, sent);
    return results(text)[0]!;
  },
};

const nested = (levels: number): string => `{ ${'node { '.repeat(levels - 1)}name${' }'.repeat(levels - 1)} }`;
const aliases = (count: number): string =>
  `{ ${Array.from({ length: count }, (_, i) => `a${i}: __typename`).join(' ')} }`;
const throughFragments = (count: number): string =>
  '{ node { ...A ...A } } fragment A on Node { ' +
  `${Array.from({ length: count / 2 }, (_, i) => `a${i}: name`).join(' ')} }`;
const directives = (count: number): string => `{ ${'viewer @include(if: true) '.repeat(count)} }`;
/** `count` is a multiple of 5; the last operation has one more. */
const tokens = (count: number, more = ''): string =>
  `${Array.from({ length: count / 5 }, (_, i) => `query Q${i} { viewer }`).join(' ')} ${more}`;
/** 2^40 fields if unfolded; within the limits on depth, since each fragment adds one level. */
const bomb =
  '{ node { ...F0 } } ' +
  Array.from({ length: 40 }, (_, i) => `fragment F${i} on Node { ...F${i + 1} ... on Node { ...F${i + 1} } } `).join(
    '',
  ) +
  'fragment F40 on Node { name }';

describe.each(Object.keys(transports))('over %s', (name) => {
  const send = transports[name]!;

  test.each([
    ['12 levels', { query: nested(12) }],
    ['30 aliases', { query: aliases(30) }],
    ['50 directives', { query: directives(50) }],
    ['2000 tokens', { query: tokens(2_000), operationName: 'Q7' }],
    [
      'a page whose cost is just allowed',
      { query: 'query ($n: Int) { node { nodes(first: $n) { name } } }', variables: { n: 4_998 } },
    ],
  ])('%s are served', async (_what, sent) => {
    expect(await send(sent)).not.toHaveProperty('errors');
  });

  test.each([
    ['13 levels', { query: nested(13) }, 'GRAPHQL_VALIDATION_FAILED', /limit of 12 exceeded, found 13/],
    ['31 aliases', { query: aliases(31) }, 'GRAPHQL_VALIDATION_FAILED', /limit of 30 exceeded, found 31/],
    [
      '32 aliases through a fragment',
      { query: throughFragments(32) },
      'GRAPHQL_VALIDATION_FAILED',
      /limit of 30 exceeded, found 32/,
    ],
    ['51 directives', { query: directives(51) }, 'GRAPHQL_VALIDATION_FAILED', /limit of 50 exceeded, found 51/],
    ['2001 tokens', { query: tokens(2_000, '}') }, 'GRAPHQL_PARSE_FAILED', /2000 tokens/],
    [
      'a page that costs too much',
      { query: '{ node { nodes(first: 5000) { name } } }' },
      'GRAPHQL_VALIDATION_FAILED',
      /limit of 5000 exceeded, found 5002/,
    ],
    [
      'the same by a variable',
      { query: 'query ($n: Int) { node { nodes(first: $n) { name } } }', variables: { n: 5_000 } },
      'GRAPHQL_VALIDATION_FAILED',
      /found 5002/,
    ],
    [
      'pages in pages',
      { query: '{ node { nodes(first: 100) { nodes(first: 100) { name } } } }' },
      'GRAPHQL_VALIDATION_FAILED',
      /limit of 5000/,
    ],
    [
      'fragments that unfold without end',
      { query: bomb },
      'GRAPHQL_VALIDATION_FAILED',
      /limit of 3000 exceeded, found 4398046511103 with fragments unfolded/,
    ],
    [
      'fragments in a circle',
      { query: '{ node { ...A } } fragment A on Node { node { ...A } }' },
      'GRAPHQL_VALIDATION_FAILED',
      /spread fragment "A" within itself/,
    ],
    [
      'a value that does not fit',
      { query: 'query ($n: Int!) { echo(number: $n) }', variables: { n: 'x' } },
      'BAD_USER_INPUT',
      /\$n/,
    ],
  ])('%s: refused, with the limit and the actual value', async (_what, sent, code, message) => {
    const { errors, data } = await send(sent);
    expect(data ?? null).toBeNull();
    expect(errors?.map(({ extensions }) => extensions.code)).toContain(code);
    expect(errors?.find(({ extensions }) => extensions.code === code)?.message).toMatch(message);
  });

  test('introspection as an IDE does it is served', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    expect(await send({ query: getIntrospectionQuery() })).toHaveProperty('data.__schema');
  });
});
