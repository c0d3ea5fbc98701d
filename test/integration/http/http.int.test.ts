import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { IdentityUnavailableError } from '../../../src/server/identity/identity.js';
import type { GraphQLBody, TestServer } from './fixture.js';
import { results, startServer, stream, tokenOf, tokenWith } from './fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ corsOrigins: ['https://app.example'] });
});
afterAll(() => server.stop());

const codeOf = ({ body }: { body: { errors?: readonly { extensions: Record<string, unknown> }[] } }): unknown =>
  body.errors?.[0]?.extensions.code;

describe('identity', () => {
  test('a good token identifies the user; the scheme may be in any case', async () => {
    const answer = await server.post({ query: '{ viewer }' }, { authorization: `bearer ${await tokenOf('ann')}` });
    expect(answer.body).toEqual({ data: { viewer: 'ann' } });
  });

  test('without a token there is no viewer', async () => {
    expect((await server.post({ query: '{ viewer }' })).body).toEqual({ data: { viewer: null } });
  });

  test.each([
    ['forged', () => tokenWith('1h', randomBytes(32)), "Sign in again: the token's signature is not valid."],
    ['expired', () => tokenWith(Math.floor(Date.now() / 1000) - 60), 'Sign in again: the token has expired.'],
    ['not a token', () => Promise.resolve('x'), 'Sign in again: the token is malformed.'],
  ])('a token that is %s refuses the whole request, on both paths', async (_what, token, message) => {
    const authorization = `Bearer ${await token()}`;
    const answer = await server.post({ query: '{ viewer }' }, { authorization });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ errors: [{ message, extensions: { code: 'UNAUTHENTICATED' } }] });
    const streamed = await stream(server.url, { query: '{ viewer }' }, { authorization });
    expect(streamed.status).toBe(401);
    expect(JSON.parse(streamed.text)).toEqual(answer.body);
  });

  test('another scheme is refused', async () => {
    expect((await server.post({ query: '{ viewer }' }, { authorization: 'Basic YTpi' })).status).toBe(401);
  });

  test("keys out of reach are not the token's fault, and are asked for once a request", async () => {
    let asked = 0;
    await using away = await startServer({
      verifier: { verify: () => (asked++, Promise.reject(new IdentityUnavailableError('the keys are away', 2_500))) },
    });
    const answer = await away.post({ query: '{ viewer }' }, { authorization: 'Bearer x' });
    expect(answer.status).toBe(503);
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'UNAVAILABLE', retryAfterMs: 2_500 });
    expect(asked).toBe(1);
  });
});

describe('the errors that clients get', () => {
  test('an unknown error is INTERNAL with the trace id, logged once, without its cause', async () => {
    const before = server.log.length;
    const { headers, body, status } = await server.post({ query: '{ fails }' });
    const traceId = headers.get('x-trace-id');
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { fails: null },
      errors: [
        {
          message: 'The server failed at this. Report the trace id.',
          locations: [{ line: 1, column: 3 }],
          path: ['fails'],
          extensions: { code: 'INTERNAL', traceId },
        },
      ],
    });
    const lines = server.log.slice(before).filter(({ traceId: logged }) => logged === traceId);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).toContain('SELECT secret');
  });

  test('a known code passes, with the fields of the table of codes and no others', async () => {
    const { body } = await server.post({ query: '{ forbidden }' });
    expect(body.errors?.[0]).toMatchObject({ message: 'Join the room first.', extensions: { code: 'FORBIDDEN' } });
    expect(JSON.stringify(body)).not.toContain('kept back');
  });

  test('a transient failure is UNAVAILABLE', async () => {
    const { body } = await server.post({ query: '{ away }' });
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'UNAVAILABLE', retryAfterMs: 1_000 });
  });

  test.each([
    ['malformed JSON', '{"query": ', 400, 'BAD_USER_INPUT'],
    ['a batch', [{ query: '{ viewer }' }], 400, 'BAD_USER_INPUT'],
    ['no query', { variables: {} }, 400, 'BAD_USER_INPUT'],
    ['text that is not GraphQL', { query: '{' }, 400, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{ nothing }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a variable that does not fit',
      { query: 'query ($n: Int!) { echo(number: $n) }', variables: { n: 'x' } },
      400,
      'BAD_USER_INPUT',
    ],
    [
      'an operation that the document has not',
      { query: 'query A { viewer }', operationName: 'B' },
      400,
      'BAD_USER_INPUT',
    ],
    ['a subscription', { query: 'subscription { pulled }' }, 400, 'BAD_USER_INPUT'],
  ])('%s', async (_what, body, status, code) => {
    const answer = await server.post(body);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  test('the trace id of a traceparent is used, a malformed one is replaced', async () => {
    const given = '4bf92f3577b34da6a3ce929d0e0e4736';
    const known = await server.post({ query: '{ viewer }' }, { traceparent: `00-${given}-00f067aa0ba902b7-01` });
    expect(known.headers.get('x-trace-id')).toBe(given);
    expect(server.seen.requests.at(-1)?.traceId).toBe(given);
    const fresh = await server.post(
      { query: '{ viewer }' },
      { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` },
    );
    expect(fresh.headers.get('x-trace-id')).toMatch(/^(?!0{32})[\da-f]{32}$/);
  });
});

describe('limits', () => {
  test('a body of 5 MB is refused in the shape of GraphQL, and the server goes on', async () => {
    const answer = await server.post({ query: `{ viewer } # ${'x'.repeat(5 << 20)}` });
    expect([answer.status, codeOf(answer)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect((await server.post({ query: '{ viewer }' })).status).toBe(200);
  });

  test.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('JSON that nests without end is refused, wherever it stands: %s', async (_what, open, close) => {
    const deep = `${open.repeat(40_000)}1${close.repeat(40_000)}`;
    server.log.length = 0;
    for (const path of ['/graphql', '/graphql/stream'])
      for (const body of [
        `{"query":"{ viewer }","variables":{"unused":${deep}}}`,
        `{"query":"{ viewer }","extensions":{"a":${deep}}}`,
        `{"query":"{ viewer }","operationName":${deep}}`,
        `{"query":${deep}}`,
        deep,
      ]) {
        const response = await fetch(server.url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
          body,
        });
        const answer = (await response.json()) as GraphQLBody;
        expect([response.status, codeOf({ body: answer })]).toEqual([400, 'BAD_USER_INPUT']);
      }
    expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  test('a client that sends its request too slowly is cut off', async () => {
    await using strict = await startServer({ headersMs: 100, requestMs: 200 });
    const said = async (start: string): Promise<string> => {
      const socket = connect(Number(new URL(strict.url).port), '127.0.0.1');
      socket.write(start);
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      return text;
    };
    expect(await said('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toContain('408');
    expect(
      await said('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'),
    ).toContain('408');
  });
});

describe('browsers', () => {
  test('a GET executes nothing, with any headers', async () => {
    for (const headers of [{}, { 'apollo-require-preflight': '1' }, { 'content-type': 'application/json' }]) {
      const response = await fetch(`${server.url}/graphql?query=%7Bviewer%7D`, { headers });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
  });

  test('a form or plain text from another site is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const plain = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"query":"mutation { write }"}',
      });
      expect(plain.status).toBe(400);
      const streamed = await stream(server.url, { query: 'mutation { write }' }, { 'content-type': type });
      expect(streamed.status).toBe(415);
    }
  });

  test('only the given origins are let in', async () => {
    const preflight = (origin: string) =>
      fetch(`${server.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const known = await preflight('https://app.example');
    expect([known.status, known.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example']);
    const stranger = await preflight('https://evil.example');
    expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([405, null]);
  });

  test('the answer does not name the server, and may not be sniffed or framed', async () => {
    const { headers } = await fetch(`${server.url}/healthz`);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  test('the root leads to the IDE, an unknown path to an error', async () => {
    const root = await fetch(server.url, { redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual([302, '/graphql']);
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
  });
});

describe('health and metrics', () => {
  test('ready as soon as no reason is left, with the reasons until then', async () => {
    const reasons = ['migrations are running'];
    await using starting = await startServer({ notReady: () => reasons });
    const before = await fetch(`${starting.url}/readyz`);
    expect([before.status, await before.json()]).toEqual([503, { ready: false, reasons: ['migrations are running'] }]);
    reasons.length = 0;
    const after = await fetch(`${starting.url}/readyz`);
    expect([after.status, await after.json()]).toEqual([200, { ready: true, reasons: [] }]);
    expect((await fetch(`${starting.url}/healthz`)).status).toBe(200);
  });

  test('requests are measured by operation and transport', async () => {
    await server.post({ query: 'mutation { write }' });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/madang_graphql_request_seconds_count\{operation="mutation",transport="http"\} [1-9]/);
  });
});

describe('GraphQL over SSE', () => {
  test('a query is one result and the end', async () => {
    const { status, text } = await stream(
      server.url,
      { query: '{ viewer }' },
      { authorization: `Bearer ${await tokenOf('bob')}` },
    );
    expect(status).toBe(200);
    expect(results(text)).toEqual([{ data: { viewer: 'bob' } }]);
    expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });

  test.each(['PUT', 'GET', 'DELETE'])('%s, of the single connection mode, is refused', async (method) => {
    const response = await fetch(`${server.url}/graphql/stream`, {
      method,
      headers: { 'x-graphql-event-stream-token': 't' },
    });
    expect(response.status).toBe(405);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('distinct connections mode') }],
    });
  });

  test('errors have the same codes in a stream', async () => {
    const { text } = await stream(server.url, { query: '{ fails }' });
    expect(results(text)[0]?.errors?.[0]?.extensions.code).toBe('INTERNAL');
    expect(text).not.toContain('SELECT');
  });
});
