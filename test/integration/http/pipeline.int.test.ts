import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Identity } from '../../../src/server/identity/identity.js';
import type { FetchOperation, SharedAnswers } from '../../../src/server/http/shared-answers.js';
import type { TestServer } from './fixture.js';
import { startServer, tokenOf, tokenWith, until } from './fixture.js';

// The recorded answers to all kinds of requests, with status and headers. Each request goes to a server without and to
// one with a fast path: a client cannot see the difference. UPDATE_ANSWERS=1 records new ones.

const SHARED = '{ node { name } }';
const REQUEST = 'mutation R($n: Int!) { request(number: $n) }';
const asked: (FetchOperation & { readonly viewer: Identity | null })[] = [];
let looked = 0;
const askedInBurst: boolean[] = [];
let wanted = true;
let held: Promise<void> = Promise.resolve();
/** The answer of the fast path to all operations; null: to none but the shared one. */
let byItself: 'in turn' | 'now' | null = null;
const shared: SharedAnswers = {
  wanted: () => wanted,
  inBursts: true,
  answerTo(operation) {
    looked++;
    const isShared = operation.query === SHARED;
    if (!isShared && !byItself) return null;
    return {
      bytes: isShared ? 1_000 : null,
      async of(viewer, inBurst) {
        asked.push({ ...operation, viewer });
        askedInBurst.push(inBurst);
        await held;
        return isShared && viewer ? Buffer.from('{"data":{"node":{"name":"node"}}}') : (byItself ?? 'now');
      },
    };
  },
};

let plain: TestServer;
let withFastPath: TestServer;
beforeAll(async () => {
  const options = { corsOrigins: ['https://app.example'] };
  [plain, withFastPath] = [await startServer(options), await startServer({ ...options, shared })];
});
afterAll(async () => {
  await plain.stop();
  await withFastPath.stop();
});
beforeEach(() => {
  looked = 0;
  asked.length = 0;
  askedInBurst.length = 0;
  wanted = true;
  held = Promise.resolve();
  byItself = null;
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Written one after the other. */
  readonly body: readonly (string | Buffer)[];
}

async function send({ url }: TestServer, { method = 'POST', path = '/graphql', headers = {}, body }: Sent) {
  const sent = request(`${url}${path}`, { method, headers: { 'content-type': 'application/json', ...headers } });
  for (const [n, part] of body.entries()) {
    if (n > 0) await new Promise((resolve) => setImmediate(resolve));
    sent.write(part);
  }
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { date: _date, 'x-trace-id': trace, ...others } = response.headers;
  return {
    status: response.statusCode,
    headers: others,
    trace: /^[\da-f]{32}$/.test(String(trace)),
    text: String(Buffer.concat(chunks)),
  };
}

const json = (value: unknown, headers: Readonly<Record<string, string>> = {}): Sent => {
  const text = JSON.stringify(value);
  return { headers: { 'content-length': String(Buffer.byteLength(text)), ...headers }, body: [text] };
};
const raw = (text: string | Buffer, headers: Readonly<Record<string, string>> = {}): Sent => ({
  headers: { 'content-length': String(Buffer.byteLength(text)), ...headers },
  body: [text],
});
const got = (path: string, headers: Readonly<Record<string, string>> = {}): Sent => ({
  method: 'GET',
  path,
  headers,
  body: [],
});
const preflight = (origin: string): Sent => ({
  ...got('/graphql', { origin, 'access-control-request-method': 'POST' }),
  method: 'OPTIONS',
});
const bearer = async (): Promise<Readonly<Record<string, string>>> => ({
  authorization: `Bearer ${await tokenOf('ann')}`,
});

/** Without a Content-Length. */
function untold({ headers = {}, ...sent }: Sent): Sent {
  const { 'content-length': _length, ...others } = headers;
  return { ...sent, headers: others };
}

type Answer = ReturnType<typeof comparable>;
const RECORDED = fileURLToPath(new URL('./pipeline.answers.json', import.meta.url));
const recording = process.env.UPDATE_ANSWERS === '1';
const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as Record<string, Answer>;
afterAll(() => {
  if (recording) writeFileSync(RECORDED, `${JSON.stringify(recorded, null, 2)}\n`);
});

function comparable({ headers, text, ...answer }: Awaited<ReturnType<typeof send>>) {
  const { 'content-length': length, ...others } = headers;
  if (length !== undefined && text !== '') expect(length).toBe(String(Buffer.byteLength(text)));
  return { ...answer, headers: others, text: text.trim() };
}

/** The answer of both servers, with both ways of sending the body. */
async function same(sent: Sent) {
  const usual = await send(plain, untold(sent));
  for (const server of [plain, withFastPath]) expect(comparable(await send(server, sent))).toEqual(comparable(usual));
  return usual;
}

test.each(['in turn', 'now'] as const)(
  'an operation that is executed by itself, %s, is answered as usual',
  async (when) => {
    byItself = when;
    for (const query of ['{ viewer }', '{ forbidden }', '{ away }']) await same(json({ query }, await bearer()));
    expect(asked).toHaveLength(3);
  },
);

describe('every request is answered as recorded', () => {
  test.each([
    ['another query', json({ query: '{ viewer }' })],
    ['a mutation', json({ query: 'mutation { write }' })],
    [
      'a mutation and a query, of which one is named',
      json({ query: `${REQUEST} query Q { viewer }`, operationName: 'R', variables: { n: 7 } }),
    ],
    [
      'a mutation and a query, of which none is named',
      json({ query: `${REQUEST} query Q { viewer }`, variables: { n: 7 } }),
    ],
    ['a mutation that is refused', json({ query: REQUEST, variables: { n: -1 } })],
    ['a subscription', json({ query: 'subscription { pulled }' })],
    ['a question for the schema', json({ query: '{ __schema { queryType { name } } }' })],
    ['a field that is not there', json({ query: 'mutation { request(number: 1) { x } }' })],
    ['too dear a query', json({ query: `{ node { nodes(first: 10000) { nodes(first: 10000) { name } } } }` })],
    ['a field that is away', json({ query: '{ away viewer }' })],
    [
      'variables and a name',
      json({ query: 'query Q($n: Int!) { echo(number: $n) }', operationName: 'Q', variables: { n: 7 } }),
    ],
    ['variables that do not fit', json({ query: 'query Q($n: Int!) { echo(number: $n) }', variables: { n: 'x' } })],
    ['an error', json({ query: '{ forbidden }' })],
    ['a document that is no GraphQL', json({ query: '{ viewer' })],
    ['an empty document', json({ query: '' })],
    ['no query', json({ variables: {} })],
    ['a query that is no text', json({ query: 7 })],
    ['a name that is no text', json({ query: '{ viewer }', operationName: 7 })],
    ['variables that are no object', json({ query: '{ viewer }', variables: [1] })],
    ['variables that are text', json({ query: '{ viewer }', variables: '{}' })],
    [
      'a persisted query',
      json({ query: '{ viewer }', extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }),
    ],
    ['a batch', json([{ query: '{ viewer }' }])],
    ['null', raw('null')],
    ['a number', raw('7')],
    ['malformed JSON', raw('{"query": ')],
    ['JSON and more', raw('{"query": "{ viewer }"}}')],
    ['blanks', raw('   ')],
    ['a byte order mark', raw(`\uFEFF${JSON.stringify({ query: '{ viewer }' })}`)],
    [
      'bytes that are no UTF-8',
      raw(Buffer.concat([Buffer.from('{"query": "{ viewer } #'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])),
    ],
    [
      'a text of another encoding',
      raw(Buffer.from(JSON.stringify({ query: '{ viewer }' }), 'utf16le'), {
        'content-type': 'application/json; charset=utf-16',
      }),
    ],
    ['form data', raw('query={viewer}', { 'content-type': 'application/x-www-form-urlencoded' })],
    ['no type', raw('{"query":"{ viewer }"}', { 'content-type': 'text/plain' })],
    ['a compressed body', raw('{"query":"{ viewer }"}', { 'content-encoding': 'gzip' })],
    ['nothing', raw('')],
    ['too much', raw(JSON.stringify({ query: '{ viewer }', more: 'x'.repeat(256 * 1024) }))],
    ['almost too much', raw(JSON.stringify({ query: `{ viewer } #${'x'.repeat(255 * 1024)}` }))],
    ['a body of unknown length', { body: [JSON.stringify({ query: '{ viewer }' })] }],
    ['a body in many parts', { headers: { 'content-length': '22' }, body: ['{"que', 'ry":"', '{ view', 'er }"}'] }],
    ['another path', { ...json({ query: '{ viewer }' }), path: '/elsewhere' }],
    ['a stream', { ...json({ query: '{ viewer }' }, { accept: 'text/event-stream' }), path: '/graphql/stream' }],
    ['another method', { ...json({ query: '{ viewer }' }), method: 'PUT' }],
    ['a type in capitals', raw('{"query":"{ viewer }"}', { 'content-type': 'Application/JSON ; charset="UTF-8"' })],
    ['a charset that is not one of Unicode', raw('{}', { 'content-type': 'application/json; charset=latin1' })],
    ['an encoding that changes nothing', raw('{"query":"{ viewer }"}', { 'content-encoding': 'Identity' })],
    ['a list of nothing', raw('[]')],
    ['an empty object', raw('{}')],
    ['an empty name', json({ query: 'query A { viewer }', operationName: '' })],
    ['a form that is preflighted', raw('x', { 'content-type': 'text/plain', 'apollo-require-preflight': '1' })],
    ['another path to the same', { ...json({ query: '{ viewer }' }), path: '/GraphQL/?x=1' }],
    ['a path of two slashes', { ...json({ query: '{ viewer }' }), path: '//graphql' }],
    ['a stream of no JSON', { ...raw('x', { 'content-type': 'text/plain' }), path: '/graphql/stream' }],
    ['a stream for who accepts none', { ...json({}, { accept: 'application/json' }), path: '/graphql/stream' }],
    ['a stream of no query', { ...json({}), path: '/graphql/stream' }],
    ['a stream of malformed JSON', { ...raw('{'), path: '/graphql/stream' }],
    ['a stream of a list', { ...json([]), path: '/graphql/stream' }],
    ['a GET', { ...got('/graphql') }],
    ['a GET for a page', { ...got('/graphql', { accept: 'text/html' }) }],
    ['a GET of a stream', { ...got('/graphql/stream') }],
    ['a GET of the root', { ...got('/') }],
    ['a HEAD of the root', { ...got('/'), method: 'HEAD' }],
    ['a GET of nothing', { ...got('/nothing') }],
    ['a HEAD of nothing', { ...got('/nothing'), method: 'HEAD' }],
    ['a GET of its life', { ...got('/healthz') }],
    ['a HEAD of its life', { ...got('/healthz/'), method: 'HEAD' }],
    ['a POST to its life', { ...got('/healthz'), method: 'POST' }],
    ['a GET of its readiness', { ...got('/readyz') }],
    ['a DELETE', { ...got('/graphql'), method: 'DELETE' }],
    ['a preflight', preflight('https://app.example')],
    ['a preflight to nothing', { ...preflight('https://app.example'), path: '/nothing' }],
    ['a preflight of a stranger', preflight('https://evil.example')],
    ['a stranger', json({ query: '{ viewer }' }, { origin: 'https://evil.example' })],
    ['a page of a known origin', json({ query: '{ viewer }' }, { origin: 'https://app.example' })],
    ['a page of a known origin that is refused', json({ query: '{' }, { origin: 'https://app.example' })],
  ] as readonly (readonly [string, Sent])[])('%s', async (what, sent) => {
    const usual = comparable(await same(sent));
    if (recording) recorded[what] = usual;
    expect(usual).toEqual(recorded[what]);
  });

  test.each([
    ['forged', () => tokenWith('1h', randomBytes(32))],
    ['expired', () => tokenWith(Math.floor(Date.now() / 1000) - 60)],
    ['no token at all', () => Promise.resolve('x')],
  ])('a token that is %s', async (_what, token) => {
    const { status } = await same(json({ query: SHARED }, { authorization: `Bearer ${await token()}` }));
    expect(status).toBe(401);
    expect(asked).toEqual([]);
  });

  test('another scheme, and no token', async () => {
    await same(json({ query: SHARED }, { authorization: 'Basic YTpi' }));
    await same(json({ query: SHARED }));
  });

  test('a page of another origin', async () => {
    const { headers } = await same(json({ query: SHARED }, { ...(await bearer()), origin: 'https://app.example' }));
    expect(headers['access-control-allow-origin']).toBe('https://app.example');
  });

  test.each(['text/html', 'multipart/mixed', 'application/json;q=0.1, application/graphql-response+json'])(
    'a client that accepts %s',
    async (accept) => {
      await same(json({ query: SHARED }, { ...(await bearer()), accept }));
      expect(asked).toEqual([]);
    },
  );
});

describe('an answer of the fast path', () => {
  test.each([
    undefined,
    '*/*',
    'application/json',
    'application/graphql-response+json, application/json',
    'application/graphql-response+json,application/json;q=0.9',
    'application/json, text/plain, */*',
  ])('looks as usual to a client that accepts %s', async (accept) => {
    const sent = json(
      { query: SHARED, variables: null },
      { ...(await bearer()), ...(accept === undefined ? {} : { accept }) },
    );
    await same(sent);
    expect(asked).toMatchObject([{ viewer: { handle: 'ann' }, query: SHARED, variables: null }]);
  });

  test('is planned once for all who send the same text, again for another text', async () => {
    const fresh = { query: SHARED, variables: { of: 'this test' } };
    for (const handle of ['ann', 'bob', 'cem'])
      await withFastPath.post(fresh, { authorization: `Bearer ${await tokenOf(handle)}` });
    await withFastPath.post({ ...fresh, operationName: null }, await bearer());
    expect(looked).toBe(2);
    expect(asked.map(({ viewer }) => viewer?.handle)).toEqual(['ann', 'bob', 'cem', 'ann']);
  });

  test('may have a request in many parts', async () => {
    const text = JSON.stringify({ query: SHARED, more: 'x'.repeat(200 * 1024) });
    const parts = text.match(/.{1,20000}/g)!;
    const { status } = await send(withFastPath, {
      headers: { ...(await bearer()), 'content-length': String(text.length) },
      body: parts,
    });
    expect([status, asked.length]).toEqual([200, 1]);
  });

  test('belongs to the trace of its client, and is measured', async () => {
    const count = async (): Promise<number> =>
      (await withFastPath.metrics.requestSeconds.get()).values.find(
        ({ metricName, labels }) => metricName?.endsWith('_count') && labels.operation === 'query',
      )?.value ?? 0;
    const before = await count();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { headers } = await withFastPath.post(
      { query: SHARED },
      { ...(await bearer()), traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    );
    expect(headers.get('x-trace-id')).toBe(trace);
    expect((await count()) - before).toBe(1);
  });

  test('leaves its connection open for the next request, on either way', async () => {
    const { port, hostname } = new URL(withFastPath.url);
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += String(chunk)));
    const text = (query: string): string => {
      const body = JSON.stringify({ query });
      return (
        `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: ` +
        `application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      );
    };
    const { authorization } = await bearer();
    socket.write([SHARED, '{ viewer }', SHARED, '{ viewer }'].map(text).join(''));
    await until(() => received.split('HTTP/1.1 200').length === 5);
    expect(received.match(/\{"data".*\}/g)).toEqual([
      '{"data":{"node":{"name":"node"}}}',
      '{"data":{"viewer":"ann"}}',
      '{"data":{"node":{"name":"node"}}}',
      '{"data":{"viewer":"ann"}}',
    ]);
    socket.destroy();
  });

  test('does not come while no room is hot', async () => {
    wanted = false;
    await same(json({ query: SHARED }, await bearer()));
    expect(asked).toEqual([]);
  });

  test('comes in a burst, too, while no room is known to be hot', async () => {
    let release: () => void = () => undefined;
    held = new Promise((resolve) => (release = resolve));
    const token = await bearer();
    const requests = Array.from({ length: 33 }, () => withFastPath.post({ query: SHARED }, token));
    await until(() => asked.length === 33);
    wanted = false;
    const oneMore = withFastPath.post({ query: SHARED }, token);
    await until(() => asked.length === 34);
    expect([askedInBurst[0], askedInBurst[33]]).toEqual([false, true]);
    release();
    for (const answer of [...requests, oneMore]) expect((await answer).status).toBe(200);
    await same(json({ query: SHARED }, token));
    expect(asked).toHaveLength(34);
  });

  test('a client that breaks off its request affects no other', async () => {
    const { port, hostname } = new URL(withFastPath.url);
    const { length } = withFastPath.log;
    const socket = connect(Number(port), hostname);
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query"',
    );
    await once(socket, 'connect');
    socket.destroy();
    expect((await withFastPath.post({ query: SHARED }, await bearer())).status).toBe(200);
    expect(withFastPath.log.slice(length).filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });
});

describe('an execution of the pipeline', () => {
  test("is INTERNAL with the answer's trace id on an unknown failure, logged once", async () => {
    const before = plain.log.length;
    const { headers, body } = await plain.post({ query: REQUEST, variables: { n: 0 } });
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL', traceId: headers.get('x-trace-id') });
    expect(plain.log.slice(before).filter(({ traceId }) => traceId === headers.get('x-trace-id'))).toHaveLength(1);
  });

  test('is executed once, in the context of any operation, and measured once', async () => {
    const counted = async (): Promise<number> =>
      (await plain.metrics.requestSeconds.get()).values.find(
        ({ metricName, labels }) => metricName?.endsWith('_count') && labels.operation === 'mutation',
      )?.value ?? 0;
    const [seen, before] = [plain.seen.requests.length, await counted()];
    await plain.post({ query: REQUEST, variables: { n: 7 } }, await bearer());
    expect(plain.seen.requests.slice(seen)).toMatchObject([
      { viewer: { handle: 'ann' }, traceId: expect.stringMatching(/^[\da-f]{32}$/) },
    ]);
    expect((await counted()) - before).toBe(1);
  });

  test('is aborted when its client breaks off', async () => {
    const seen = plain.seen.requests.length;
    const abort = new AbortController();
    const running = fetch(`${plain.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ slow }' }),
      signal: abort.signal,
    });
    await until(() => plain.seen.requests.length > seen);
    abort.abort();
    await expect(running).rejects.toThrow('abort');
    await until(() => plain.seen.requests[seen]!.signal.aborted);
  });
});

test('a server that stops ends running requests, and takes no more', async () => {
  await using stopping = await startServer({ shared });
  let release: () => void = () => undefined;
  held = new Promise((resolve) => (release = resolve));
  const headers = await bearer();
  const running = stopping.post({ query: SHARED }, headers);
  await until(() => asked.length === 1);
  const stopped = stopping.stop();
  const late = await stopping.post({ query: SHARED }, headers);
  expect([late.status, late.body.errors?.[0]?.extensions.code]).toEqual([503, 'UNAVAILABLE']);
  release();
  expect((await running).status).toBe(200);
  await stopped;
});
