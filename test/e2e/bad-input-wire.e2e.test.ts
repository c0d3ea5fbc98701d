import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import { connected, results, stream } from '../integration/http/fixture.js';
import type { WireError, WireUser } from '../support/wire.js';
import {
  answerOf,
  codeOf,
  commanded,
  expectServed,
  expectUnharmed,
  forgeToken,
  post,
  secondsFromNow,
  secretOf,
  signInOnWire,
} from '../support/wire.js';
import { NOT_UTF8 } from '../support/not-utf8.js';

// Input over the wire before any of it is executed: documents, bodies, tokens.

let deployment: Deployment;
let madang: MadangProcess;
let key: Buffer;
let mina: WireUser;
let roomId: string;
let wsUrl: string;

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  madang = await deployment.start({ SEND_LIMIT_PER_SECOND: '0' });
  key = await secretOf(deployment, 'token_key');
  mina = await signInOnWire(madang.url, 'mina');
  roomId = (await commanded(mina, 'createRoom', { title: '마당' })).room!.id;
  wsUrl = `${madang.url.replace('http', 'ws')}/graphql`;
});
afterAll(async () => {
  await madang?.stop();
  await deployment?.[Symbol.asyncDispose]();
});
afterEach(() => expectServed(mina, roomId));

const nested = (levels: number, open: string, close: string): string => open.repeat(levels) + close.repeat(levels);
const claims = () => ({ sub: mina.userId, handle: 'mina', name: 'mina', roles: [] });
const unsigned = (): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = part({ ...claims(), iss: 'madang-dev', exp: secondsFromNow(3_600) });
  return `${part({ alg: 'none', typ: 'JWT' })}.${body}.`;
};

const documents: readonly (readonly [what: string, query: string, code: string])[] = [
  ['50 levels', `{ ${nested(50, 'room { ', '} ').replace('{ }', '{ id }')} }`, 'GRAPHQL_VALIDATION_FAILED'],
  [
    '50 levels of introspection',
    `{ __schema { types { ${nested(49, 'fields { type { ', '} } ').replace('{ }', '{ name }')} } } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['300 levels of brackets', `{ room(id: ${nested(300, '[', ']')}) { id } }`, 'GRAPHQL_VALIDATION_FAILED'],
  [
    '100 aliases',
    `{ ${Array.from({ length: 100 }, (_, index) => `a${index}: me { id }`).join(' ')} }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    '100 aliases in a fragment',
    `{ ...A } fragment A on Query { ${Array.from({ length: 100 }, (_, index) => `a${index}: me { id }`).join(' ')} }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['10,000 tokens', `{ ${'me { id } '.repeat(2_500)} }`, 'GRAPHQL_PARSE_FAILED'],
  ['200 directives', `{ me { id ${'@include(if: true) '.repeat(200)} } }`, 'GRAPHQL_VALIDATION_FAILED'],
  ['a fragment that spreads itself', '{ me { ...A } } fragment A on User { id ...A }', 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a cycle of three fragments',
    '{ me { ...A } } fragment A on User { ...B } fragment B on User { ...C } fragment C on User { ...A }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'fragments that unfold without end',
    '{ me { ...F0 } } ' +
      `${Array.from({ length: 20 }, (_, n) => `fragment F${n} on User { id ...F${n + 1} ...F${n + 1} }`).join(' ')} ` +
      'fragment F20 on User { id }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'more than it may cost',
    `{ rooms(first: 100) { nodes { messages(first: 100) { nodes { id } } } } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['an unknown field', '{ passwords }', 'GRAPHQL_VALIDATION_FAILED'],
  ['an unknown argument', '{ me(id: 1) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['an unknown type of operation', 'destroy { all }', 'GRAPHQL_PARSE_FAILED'],
  ['an unclosed brace', '{ me { id }', 'GRAPHQL_PARSE_FAILED'],
  ['nothing but a comment', '# nothing', 'GRAPHQL_PARSE_FAILED'],
  ['a lone surrogate', '{ me { id } } \ud800', 'GRAPHQL_PARSE_FAILED'],
  ['NUL', '{ me { id } } \0', 'GRAPHQL_PARSE_FAILED'],
  ['a fragment alone', 'fragment A on User { id }', 'GRAPHQL_VALIDATION_FAILED'],
];

describe('documents', () => {
  test.each(documents)('%s: the same code over every transport', async (_what, query, code) => {
    const overHttp = await mina.ask(query);
    expect([overHttp.status, codeOf(overHttp), overHttp.data]).toEqual([400, code, undefined]);
    const { text } = await stream(madang.url, { query }, { authorization: `Bearer ${mina.token}` });
    expect(results(text).map(({ errors }) => errors?.[0]?.extensions.code)).toEqual([code]);
    using socket = await connected(wsUrl, mina.token);
    socket.send({ id: '1', type: 'subscribe', payload: { query } });
    const { type, payload } = await socket.message(({ id }) => id === '1');
    expect([type, codeOf({ errors: payload as readonly WireError[] })]).toEqual(['error', code]);
  });

  test.each([
    ['a variable of the wrong type', 'query ($id: ID!) { room(id: $id) { id } }', { id: { a: 1 } }],
    ['a missing variable', 'query ($id: ID!) { room(id: $id) { id } }', {}],
    ['null for a required field', 'query ($id: ID!) { room(id: $id) { id } }', { id: null }],
    [
      'an unknown input field',
      'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { receipt { status } } }',
      { input: { title: 'x', owner: 'me' } },
    ],
    [
      'a missing input field',
      'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { receipt { status } } }',
      { input: {} },
    ],
    [
      'a number for a text',
      'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { receipt { status } } }',
      { input: { title: 5 } },
    ],
    [
      'an unknown stage',
      'mutation ($stage: CommandStage) { createRoom(input: { title: "x" }, waitFor: $stage) { receipt { status } } }',
      { stage: 'EVENTUALLY' },
    ],
    [
      '__proto__',
      'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { receipt { status } } }',
      JSON.parse('{"input":{"__proto__":{"title":"x"}}}') as Record<string, unknown>,
    ],
    [
      '100,000 levels',
      'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { receipt { status } } }',
      'deep',
    ],
  ])('variables with %s are BAD_USER_INPUT', async (_what, query, variables) => {
    const body =
      variables === 'deep'
        ? `{"query":${JSON.stringify(query)},"variables":{"input":${nested(100_000, '[', ']')}}}`
        : JSON.stringify({ query, variables });
    const answer = await post(madang.url, body, { authorization: `Bearer ${mina.token}` });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_USER_INPUT']);
    expect(answer.text.length).toBeLessThan(5_000);
  });

  test('a missing operation, and several without a name', async () => {
    const document = 'query A { me { id } } query B { me { id } }';
    for (const operationName of ['C', '', null, '\ud800', 5, {}]) {
      const answer = await post(madang.url, JSON.stringify({ query: document, operationName }), {
        authorization: `Bearer ${mina.token}`,
      });
      expect([operationName, answer.status, codeOf(answer)]).toEqual([operationName, 400, 'BAD_USER_INPUT']);
    }
  });
});

describe('requests', () => {
  const authorized = () => ({ authorization: `Bearer ${mina.token}` });
  const query = '{ me { id } }';

  test.each([
    ['malformed JSON', '{"query": "{ me', {}, 400, 'BAD_USER_INPUT'],
    ['nothing', '', {}, 400, 'BAD_USER_INPUT'],
    ['null', 'null', {}, 400, 'BAD_USER_INPUT'],
    ['a text', '"{ me { id } }"', {}, 400, 'BAD_USER_INPUT'],
    ['an empty batch', '[]', {}, 400, 'BAD_USER_INPUT'],
    ['a batch', JSON.stringify([{ query }, { query }]), {}, 400, 'BAD_USER_INPUT'],
    ['a number for the document', '{"query": 5}', {}, 400, 'BAD_USER_INPUT'],
    ['a list for the variables', JSON.stringify({ query, variables: [1] }), {}, 400, 'BAD_USER_INPUT'],
    ['a text for the variables', JSON.stringify({ query, variables: 'x' }), {}, 400, 'BAD_USER_INPUT'],
    [
      'a persisted query',
      JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } }),
      {},
      200,
      'BAD_USER_INPUT',
    ],
    ['a gzip body', gzipSync(JSON.stringify({ query })), { 'content-encoding': 'gzip' }, 415, 'BAD_USER_INPUT'],
    [
      'an unknown charset',
      JSON.stringify({ query }),
      { 'content-type': 'application/json; charset=klingon' },
      415,
      'BAD_USER_INPUT',
    ],
    [
      'a form',
      'query=%7Bme%7Bid%7D%7D',
      { 'content-type': 'application/x-www-form-urlencoded' },
      400,
      'BAD_USER_INPUT',
    ],
    ['300 KB', JSON.stringify({ query: `${query} # ${'x'.repeat(300 * 1024)}` }), {}, 413, 'PAYLOAD_TOO_LARGE'],
    ['5 MB', JSON.stringify({ query: `${query} # ${'x'.repeat(5 << 20)}` }), {}, 413, 'PAYLOAD_TOO_LARGE'],
    [
      'a subscription',
      JSON.stringify({ query: 'subscription { commandSettled(commandId: "x") { status } }' }),
      {},
      400,
      'BAD_USER_INPUT',
    ],
  ])('%s as the body', async (_what, body, headers, status, code) => {
    const answer = await post(madang.url, body as string, { ...authorized(), ...headers });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(answer.errors[0]!.message).toMatch(/\S.{8}/);
    expect(answer.headers.get('x-trace-id')).toMatch(/^[\da-f]{32}$/);
  });

  test.each(NOT_UTF8)(
    'bytes that are not UTF-8 (%s) are refused, not replaced, over HTTP and SSE',
    async (_what, bytes) => {
      const [before, after] = [
        '{"query":"mutation { createRoom(input: { title: \\"a',
        'b\\" }) { receipt { status } } }"}',
      ].map((text) => Buffer.from(text));
      const body = Buffer.concat([before!, bytes, after!]);
      for (const [path, accept] of [
        ['/graphql', 'application/json'],
        ['/graphql/stream', 'text/event-stream'],
      ] as const) {
        // One with a length, which a fast path may take, and one without.
        for (const sent of [body, new Blob([body]).stream()]) {
          const init = {
            method: 'POST',
            headers: { ...authorized(), accept, 'content-type': 'application/json' },
            body: sent,
            duplex: 'half',
          };
          const answer = await answerOf(await fetch(`${madang.url}${path}`, init as RequestInit));
          expect([answer.status, codeOf(answer), answer.errors[0]!.message]).toEqual([
            400,
            'BAD_USER_INPUT',
            expect.stringContaining('UTF-8'),
          ]);
        }
      }
    },
  );

  test.each(['utf-16le', 'utf-16', 'utf-7', 'utf-32', 'UTF-16BE'])(
    'a body in %s is refused, whether or not it could be read',
    async (charset) => {
      for (const body of [Buffer.from(JSON.stringify({ query }), 'utf16le'), Buffer.from(JSON.stringify({ query }))]) {
        for (const path of ['/graphql', '/graphql/stream']) {
          const init = {
            method: 'POST',
            headers: { ...authorized(), 'content-type': `application/json; charset=${charset}` },
            body,
          };
          const answer = await answerOf(await fetch(`${madang.url}${path}`, init));
          expect([answer.status, codeOf(answer), answer.errors[0]!.message]).toEqual([
            400,
            'BAD_USER_INPUT',
            expect.stringContaining('UTF-8'),
          ]);
        }
      }
    },
  );

  test.each(['title', 'body', 'handle', 'literal'])(
    'half a surrogate pair that an escape hides in a %s is refused',
    async (where) => {
      const half = 'a\\ud83cb';
      const asked = {
        title: ['mutation ($v: String!) { createRoom(input: { title: $v }) { receipt { status } } }', half],
        body: [
          `mutation ($v: String!) { sendMessage(input: { roomId: "${roomId}", body: $v }) { receipt { status } } }`,
          half,
        ],
        handle: ['mutation ($v: String!) { signIn(handle: $v) { token } }', half],
        literal: ['mutation { createRoom(input: { title: "a\\ud83cb" }) { receipt { status } } }', ''],
      }[where]!;
      const answer = await post(
        madang.url,
        `{"query":${JSON.stringify(asked[0])},"variables":{"v":"${asked[1]}"}}`,
        authorized(),
      );
      expect(['BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED']).toContain(codeOf(answer));
      expect(answer.data ?? null).toBeNull();
    },
  );

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('%s executes nothing', async (method) => {
    const query = encodeURIComponent('mutation { createRoom(input: { title: "x" }) { receipt { status } } }');
    const answer = await answerOf(
      await fetch(`${madang.url}/graphql?query=${query}`, { method, headers: authorized() }),
    );
    expect([answer.status, codeOf(answer), answer.headers.get('allow')]).toEqual([405, 'BAD_USER_INPUT', 'POST']);
  });

  test.each([
    '/nothing',
    '/%E0%A4%A',
    '/graphql/../../package.json',
    '/graphql/ide/..%2f..%2f..%2fpackage.json',
    '/graphql/stream/x',
    '/healthz/x',
  ])('the path %s leads nowhere', async (path) => {
    const answer = await fetch(`${madang.url}${path}`, { redirect: 'manual' });
    expect([400, 404]).toContain(answer.status);
    expect(await answer.text()).not.toMatch(/dependencies|at .*\.js:|node_modules/);
  });

  test.each([
    ['no HTTP', Buffer.from([22, 3, 1, 0, 0, 1, 255, 0, 10]), /^HTTP\/1\.1 400/],
    ['headers without end', `GET / HTTP/1.1\r\nHost: HOST\r\n${'X-A: b\r\n'.repeat(20_000)}`, /^HTTP\/1\.1 431/],
    [
      'two lengths',
      'POST /graphql HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
    [
      'a length and chunks',
      'POST /graphql HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
    // Answered as if the client had not asked for it.
    [
      'an upgrade to another protocol',
      'GET /nothing HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
      /^HTTP\/1\.1 404/,
    ],
    [
      'a WebSocket elsewhere',
      'GET /x HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      /^HTTP\/1\.1 404/,
    ],
    [
      'an upgrade that names a host of strangers',
      'GET /graphql HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      /^HTTP\/1\.1 403/,
    ],
    [
      'a WebSocket without a key',
      'GET /graphql HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: ' +
        'websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
  ])('a socket that sends %s gets the error and is closed', async (_what, bytes, answer) => {
    const { host, port } = new URL(madang.url);
    const socket = connectTcp(Number(port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    // In development mode a server refuses requests with another host.
    socket.write(typeof bytes === 'string' ? bytes.replace('HOST', host) : bytes);
    await closed;
    expect(text).toMatch(answer);
  });
});

describe('tokens', () => {
  const bad: readonly (readonly [string, () => Promise<string>])[] = [
    ['expired', () => forgeToken(key, claims(), secondsFromNow(-60))],
    ['signed with another key', () => forgeToken(randomBytes(32), claims(), '1h')],
    ['not signed', () => Promise.resolve(unsigned())],
    ['without an end', () => forgeToken(key, claims())],
    ['without a subject', () => forgeToken(key, { handle: 'mina' }, '1h')],
    ['with a subject of 200 characters', () => forgeToken(key, { sub: 'x'.repeat(200), handle: 'mina' }, '1h')],
    ['without a handle', () => forgeToken(key, { sub: 'x' }, '1h')],
    ['from another issuer', () => forgeToken(key, { ...claims(), iss: 'elsewhere' }, '1h')],
    ['not a token', () => Promise.resolve('x')],
    ['of 100,000 characters', () => Promise.resolve('x'.repeat(100_000))],
    [
      'changed',
      () => Promise.resolve(mina.token.replace(/\.(.)/, (_, first: string) => `.${first === 'A' ? 'B' : 'A'}`)),
    ],
  ];

  test.each(bad)('a token that is %s: 401 over HTTP and SSE, 4403 over WebSocket', async (_what, make) => {
    const token = await make();
    const authorization = `Bearer ${token}`;
    // Node refuses headers beyond 16 KB before they are parsed.
    const statuses = token.length > 16_000 ? [431, 431] : [401, 401];
    const overHttp = await mina.ask('{ me { id } }', {}, { authorization });
    const streamed = await stream(madang.url, { query: '{ me { id } }' }, { authorization });
    expect([overHttp.status, streamed.status]).toEqual(statuses);
    if (overHttp.status === 401) {
      expect(overHttp.errors).toMatchObject([
        { message: expect.stringMatching(/^Sign in again: /), extensions: { code: 'UNAUTHENTICATED' } },
      ]);
      expect(JSON.parse(streamed.text)).toEqual({ errors: overHttp.errors });
    }
    using socket = await connected(wsUrl, token);
    const { code, reason } = await socket.closed;
    expect([code, socket.messages]).toEqual([4403, []]);
    expect(reason).toMatch(/^Forbidden: /);
  });

  test('a token that expires ends its open socket and stream, with the reason', async () => {
    const token = await forgeToken(key, claims(), secondsFromNow(2));
    const query = `subscription { roomEvents(roomId: "${roomId}") { position } }`;
    using socket = await connected(wsUrl, token);
    socket.send({ id: '1', type: 'subscribe', payload: { query } });
    const streamed = await stream(madang.url, { query }, { authorization: `Bearer ${token}` });
    expect(results(streamed.text).at(-1)?.errors).toMatchObject([
      { message: expect.stringMatching(/expired/i), extensions: { code: 'UNAUTHENTICATED' } },
    ]);
    expect(await socket.closed).toEqual({ code: 4403, reason: expect.stringMatching(/expired/i) });
  });
});

test('the process is unharmed', () => expectUnharmed(madang));
