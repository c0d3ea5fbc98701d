import { request } from 'node:http';
import type { GraphQLBody, TestServer } from './fixture.js';
import { connected, results, startServer, stream } from './fixture.js';

/**
 * Unusual valid input is answered, refused input has a code that blames the client, and none of it is a fault of the
 * server.
 */
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Sent {
  readonly query: string;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

/** Without its length, a body takes the other of the two ways over HTTP. */
const chunked = (body: string): Promise<GraphQLBody> =>
  new Promise((resolve, reject) => {
    const sent = request(
      `${server.url}/graphql`,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.once('end', () => resolve(JSON.parse(text) as GraphQLBody));
      },
    );
    sent.once('error', reject);
    sent.write(body.slice(0, 10));
    sent.end(body.slice(10));
  });

const transports: Readonly<Record<string, (sent: Sent) => Promise<GraphQLBody>>> = {
  http: async (sent) => (await server.post(sent)).body,
  'http, chunked': (sent) => chunked(JSON.stringify(sent)),
  async websocket(sent) {
    using socket = await connected(server.wsUrl);
    socket.send({ id: '1', type: 'subscribe', payload: sent });
    const { type, payload } = await Promise.race([
      socket.message(({ id }) => id === '1'),
      socket.closed.then(({ code }) => ({ type: 'closed', payload: code })),
    ]);
    // The protocol's own answer to a malformed message.
    if (type === 'closed')
      return {
        errors: [{ message: String(payload), extensions: { code: payload === 4400 ? 'BAD_USER_INPUT' : payload } }],
      };
    return type === 'error' ? { errors: payload as NonNullable<GraphQLBody['errors']> } : (payload as GraphQLBody);
  },
  async sse(sent) {
    const { status, text } = await stream(server.url, sent);
    return status === 200 ? results(text)[0]! : (JSON.parse(text) as GraphQLBody);
  },
};

const CLIENTS = ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'];
const manyKeys = Object.fromEntries(Array.from({ length: 18_000 }, (_, index) => [`key${index}`, index % 10]));
const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
const ECHO = 'query ($n: Int!) { echo(number: $n) }';
const fiftyWrong =
  `query (${Array.from({ length: 50 }, (_, index) => `$v${index}: Int!`).join(' ')}) ` +
  '{ echo(number: 1) node { ' +
  `${Array.from({ length: 30 }, (_, index) => `a${index}: nodes(first: $v${index}) { name }`).join(' ')} } }`;

describe.each(Object.keys(transports))('over %s', (name) => {
  const send = transports[name]!;

  beforeEach(() => {
    server.log.length = 0;
  });
  afterEach(() => {
    expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  test.each<readonly [string, Sent, unknown]>([
    ['an empty operationName', { query: '{ echo(number: 1) }', operationName: '' }, { echo: 1 }],
    [
      'an empty operationName beside a named operation',
      { query: 'query A { echo(number: 1) }', operationName: '' },
      { echo: 1 },
    ],
    ['operationName null', { query: 'query A { echo(number: 1) }', operationName: null }, { echo: 1 }],
    ['a query that skips all', { query: '{ echo(number: 1) @skip(if: true) }' }, {}],
    [
      'a query that includes nothing, by a variable',
      { query: 'query ($x: Boolean!) { ... @include(if: $x) { echo(number: 1) } }', variables: { x: false } },
      {},
    ],
    ['a fragment that is left out', { query: '{ ...F @skip(if: true) } fragment F on Query { echo(number: 1) }' }, {}],
    [
      'a field that is there twice, once skipped',
      { query: '{ echo(number: 1) echo(number: 1) @skip(if: true) }' },
      { echo: 1 },
    ],
    ['__typename alone', { query: '{ __typename }' }, { __typename: 'Query' }],
    ['variables null', { query: '{ echo(number: 1) }', variables: null }, { echo: 1 }],
    ['extensions null', { query: '{ echo(number: 1) }', extensions: null }, { echo: 1 }],
    [
      'extensions that nobody knows',
      { query: '{ echo(number: 1) }', extensions: { a: [{ b: null }], __proto__: 1 } },
      { echo: 1 },
    ],
    [
      'a key that comes twice, by the last',
      JSON.parse('{"query":"{ nothing }","query":"{ echo(number: 1) }"}') as Sent,
      { echo: 1 },
    ],
    [
      'a variable that has a default, and is left out',
      { query: 'query ($n: Int! = 7) { echo(number: $n) }' },
      { echo: 7 },
    ],
    ['variables that nobody asked for', { query: '{ echo(number: 1) }', variables: manyKeys }, { echo: 1 }],
    [
      'a variable named __proto__',
      JSON.parse(
        '{"query":"query ($n: Int!) { echo(number: $n) }","variables":{"n":1,"__proto__":{"n":"x"},"constructor":2}}',
      ) as Sent,
      { echo: 1 },
    ],
  ])('%s is answered', async (_what, sent, data) => {
    expect(await send(sent)).toEqual({ data });
  });

  test.each<readonly [string, Sent]>([
    [
      'an empty operationName where there are several',
      { query: 'query A { viewer } query B { viewer }', operationName: '' },
    ],
    ['an operationName that is a number', { query: '{ viewer }', operationName: 7 }],
    ['an operationName that is an object', { query: '{ viewer }', operationName: {} }],
    ['an operationName of 100 kB', { query: '{ viewer }', operationName: 'x'.repeat(100_000) }],
    ['an operationName that the document has not', { query: 'query A { viewer }', operationName: 'B' }],
    ['an operationName beside an anonymous operation', { query: '{ viewer }', operationName: 'A' }],
    [
      'an operationName that names a fragment',
      { query: '{ ...A } fragment A on Query { viewer }', operationName: 'A' },
    ],
    ['variables that are a list', { query: '{ viewer }', variables: [] }],
    ['variables that are a text', { query: '{ viewer }', variables: 'x' }],
    ['variables that are a number', { query: '{ viewer }', variables: 0 }],
    ['a variable twice', { query: 'query ($n: Int!, $n: Int!) { echo(number: $n) }', variables: { n: 1 } }],
    ['an argument twice', { query: '{ echo(number: 1, number: 1) }' }],
    ['an operation twice', { query: 'query A { viewer } query A { viewer }', operationName: 'A' }],
    ['a fragment twice', { query: '{ ...A } fragment A on Query { viewer } fragment A on Query { viewer }' }],
    ['a directive twice', { query: '{ viewer @skip(if: true) @skip(if: true) }' }],
    ['a field twice with other arguments', { query: '{ echo(number: 1) echo(number: 2) }' }],
    ['a subscription without a field', { query: 'subscription { }' }],
    ['a directive that is none', { query: '{ viewer @defer }' }],
    ['a condition that is no boolean', { query: '{ viewer @skip(if: "yes") }' }],
    ['a condition without a value', { query: '{ viewer @skip }' }],
    [
      'a condition that is null, by a variable',
      { query: 'query ($x: Boolean) { viewer @skip(if: $x) }', variables: { x: null } },
    ],
    ['an anonymous and a named operation', { query: '{ viewer } query A { viewer }', operationName: 'A' }],
    ['a document of fragments', { query: 'fragment A on Query { viewer }' }],
    ['an empty document', { query: '' }],
    ['a document of white space', { query: ' \n' }],
    ['a type definition', { query: 'type A { a: Int }' }],
    ['an empty selection', { query: '{ node { } }' }],
    ['18,000 unknown keys', { query: ECHO, variables: { n: manyKeys } }],
    ['a list of 50,000', { query: ECHO, variables: { n: Array.from({ length: 50_000 }, () => 'x') } }],
    ['2,000 levels', { query: ECHO, variables: { n: deep(2_000) } }],
    ['a string of 200 kB', { query: ECHO, variables: { n: 'x'.repeat(200_000) } }],
    ['fifty wrong variables', { query: fiftyWrong, variables: manyKeys }],
    ['2,000 unknown fields', { query: `{ ${Array.from({ length: 1_900 }, (_, index) => `view${index}`).join(' ')} }` }],
    [
      'a literal with 600 unknown keys',
      { query: `{ echo(number: { ${Array.from({ length: 600 }, (_, index) => `numbe${index}: 1`).join(' ')} }) }` },
    ],
    ['a literal list with 1,900 wrong items', { query: `{ echo(number: [${'"x" '.repeat(1_900)}]) }` }],
    [
      '600 unknown arguments',
      { query: `{ echo(${Array.from({ length: 600 }, (_, index) => `numbe${index}: 1`).join(' ')}) }` },
    ],
  ])('%s: refused, shortly, as the fault of the client', async (_what, sent) => {
    const { user } = process.cpuUsage();
    const { data, errors = [] } = await send(sent);
    // Without a bound the worst of them took seconds; with one it takes some milliseconds for reading alone.
    expect(process.cpuUsage().user - user).toBeLessThan(1_500_000);
    expect(data ?? null).toBeNull();
    expect(errors.length).toBeGreaterThan(0);
    for (const { extensions } of errors) expect(CLIENTS).toContain(extensions.code);
    expect(JSON.stringify(errors).length).toBeLessThan(12_000);
  });
});

test.each(['http', 'http, chunked'])(
  "a subscription over %s is refused as the client's fault, for any omission",
  async (name) => {
    server.log.length = 0;
    for (const query of [
      'subscription { pulled }',
      'subscription { pulled @skip(if: true) }',
      'subscription { ... @include(if: false) { pulled } }',
      'subscription { ...F @skip(if: true) } fragment F on Subscription { pulled }',
    ]) {
      const { data, errors } = await transports[name]!({ query });
      expect([query, data ?? null, errors?.map(({ extensions }) => extensions)]).toEqual([
        query,
        null,
        [{ code: 'BAD_USER_INPUT' }],
      ]);
    }
    expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  },
);

describe.each(['http', 'http, chunked', 'websocket', 'sse'])('extensions over %s', (name) => {
  test.each([1, 'x', [], true, { persistedQuery: { version: 1, sha256Hash: 'ab' } }, { persistedQuery: 7 }])(
    'that are %j are ignored or refused as the fault of the client',
    async (extensions) => {
      server.log.length = 0;
      const { data, errors } = await transports[name]!({ query: '{ echo(number: 1) }', extensions });
      if (errors) expect(errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
      else expect(data).toEqual({ echo: 1 });
      expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    },
  );
});

describe.each(['websocket', 'sse'])('a subscription over %s', (name) => {
  const send = transports[name]!;

  test.each<readonly [string, Sent]>([
    ['skips its field', { query: 'subscription { pulled @skip(if: true) }' }],
    [
      'includes nothing, by a variable',
      { query: 'subscription ($x: Boolean!) { pulled @include(if: $x) }', variables: { x: false } },
    ],
    ['skips an inline fragment', { query: 'subscription { ... @skip(if: true) { pulled } }' }],
    [
      'skips a fragment, by a default',
      { query: 'subscription ($x: Boolean = true) { ...F @skip(if: $x) } fragment F on Subscription { pulled }' },
    ],
    [
      'skips a fragment in a fragment',
      {
        query:
          'subscription { ...F } fragment F on Subscription { ...G @skip(if: true) ' +
          '} fragment G on Subscription { pulled }',
      },
    ],
    ['skips and includes its field', { query: 'subscription { pulled @include(if: true) @skip(if: true) }' }],
    [
      'is chosen among others, and skips its field',
      { query: 'query A { viewer } subscription B { pulled @skip(if: true) }', operationName: 'B' },
    ],
    [
      'has a condition that is null',
      { query: 'subscription ($x: Boolean) { pulled @skip(if: $x) }', variables: { x: null } },
    ],
    ['names an operation that is missing', { query: 'subscription A { pulled }', operationName: 'B' }],
    ['selects __typename alone', { query: 'subscription { __typename }' }],
    [
      'selects two fields, one skipped by a variable',
      { query: 'subscription ($x: Boolean!) { pulled fails @skip(if: $x) }', variables: { x: true } },
    ],
    ['has a condition that is missing', { query: 'subscription ($x: Boolean!) { pulled @include(if: $x) }' }],
  ])('%s: refused as the fault of the client', async (_what, sent) => {
    server.log.length = 0;
    const { data, errors } = await send(sent);
    expect(data ?? null).toBeNull();
    expect(CLIENTS).toContain(errors?.[0]?.extensions.code);
    expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  test.each<readonly [string, Sent]>([
    [
      'includes its field, by a variable',
      { query: 'subscription ($x: Boolean!) { pulled @include(if: $x) }', variables: { x: true } },
    ],
    [
      'includes a fragment, by a variable',
      {
        query: 'subscription ($x: Boolean!) { ...F @include(if: $x) } fragment F on Subscription { pulled }',
        variables: { x: true },
      },
    ],
    ['has its field twice, once skipped', { query: 'subscription { pulled pulled @skip(if: true) }' }],
    ['has operationName null', { query: 'subscription A { pulled }', operationName: null }],
    ['includes and does not skip its field', { query: 'subscription { pulled @include(if: true) @skip(if: false) }' }],
    ['has another that is always skipped', { query: 'subscription { pulled fails @skip(if: true) }' }],
    ['has an empty operationName', { query: 'subscription { pulled }', operationName: '' }],
  ])('%s: served', async (_what, sent) => {
    expect(await send(sent)).toEqual({ data: { pulled: 1 } });
  });
});
