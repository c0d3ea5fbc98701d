import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { TestServer } from './fixture.js';
import { connected, startServer, stream, tokenOf, until } from './fixture.js';

const portOf = ({ url }: TestServer): number => Number(new URL(url).port);

const countOf = async (
  server: TestServer,
  metric: 'connectionsRefused' | 'connectionsEnded',
  reason: string,
): Promise<number> =>
  (await server.metrics[metric].get()).values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
const open = async (server: TestServer): Promise<number> =>
  (await server.metrics.httpConnections.get()).values[0]?.value ?? 0;
const sockets = async (server: TestServer): Promise<number> =>
  (await server.metrics.connections.get()).values[0]?.value ?? 0;

/** A TCP connection that never closes its side by itself. */
async function rawConnection(server: TestServer, text = ''): Promise<Socket & { readonly said: () => string }> {
  const socket = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
  let said = '';
  socket.on('data', (chunk) => (said += String(chunk)));
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  if (text) socket.write(text);
  return Object.assign(socket, { said: () => said });
}

const upgradeRequest = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ` +
  'websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ' +
  `dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;

/** The answer to an upgrade: the status line and the body of a refusal. */
async function upgrade(
  server: TestServer,
  headers: Record<string, string> = {},
): Promise<{ status: number; code?: string }> {
  const sent = httpRequest(`${server.url}/graphql`, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol': 'graphql-transport-ws',
      ...headers,
    },
  });
  sent.end();
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('upgrade', (_response, socket) => {
      socket.destroy();
      resolve({ status: 101 });
    });
    sent.once('response', (response: IncomingMessage) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          code: (JSON.parse(text) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code,
        }),
      );
    });
  });
}

describe('refused upgrades', () => {
  test.each([
    ['an unknown path', upgradeRequest('/elsewhere'), /^HTTP\/1.1 404 [\s\S]*NOT_FOUND/],
    ['another method', upgradeRequest('/graphql').replace('GET', 'POST'), /^HTTP\/1.1 405/],
    ['no key', upgradeRequest('/graphql').replace(/Sec-WebSocket-Key.*\r\n/, ''), /^HTTP\/1.1 400/],
    [
      'an old version of the protocol',
      upgradeRequest('/graphql').replace('Version: 13', 'Version: 7'),
      /^HTTP\/1.1 400 [\s\S]*Sec-WebSocket-Version: 13/,
    ],
    [
      'a version that is no number',
      upgradeRequest('/graphql').replace('Version: 13', 'Version: 13, x'),
      /^HTTP\/1.1 400/,
    ],
    ['no version', upgradeRequest('/graphql').replace(/Sec-WebSocket-Version.*\r\n/, ''), /^HTTP\/1.1 400/],
    [
      'a subprotocol that is no name',
      upgradeRequest('/graphql', 'Sec-WebSocket-Protocol: a b,,c\r\n'),
      /^HTTP\/1.1 400/,
    ],
    [
      'a foreign origin',
      upgradeRequest('/graphql', 'Origin: https://evil.example\r\n'),
      /^HTTP\/1.1 403 [\s\S]*FORBIDDEN/,
    ],
  ])('%s: answered, and no socket stays, though its client goes on sending', async (_what, request, answer) => {
    await using server = await startServer();
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => rawConnection(server, `${request}more bytes that nobody asked for`)),
    );
    await until(() => clients.every(({ said }) => answer.test(said())));
    await until(async () => (await open(server)) === 0);
    for (const client of clients) client.destroy();
  });

  test('half an upgrade is cut off like half of any request', async () => {
    await using server = await startServer({ headersMs: 100 });
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => rawConnection(server, upgradeRequest('/elsewhere').slice(0, -2))),
    );
    await until(async () => (await open(server)) === 20);
    await until(async () => (await open(server)) === 0);
    expect(clients.map(({ said }) => said().split('\r\n')[0])).toEqual(
      clients.map(() => 'HTTP/1.1 408 Request Timeout'),
    );
    for (const client of clients) client.destroy();
  });

  test('an upgraded socket without a message is closed', async () => {
    await using server = await startServer({ connectionInitMs: 50 });
    const clients = await Promise.all(
      Array.from({ length: 20 }, () =>
        rawConnection(server, upgradeRequest('/graphql', 'Sec-WebSocket-Protocol: graphql-transport-ws\r\n')),
      ),
    );
    await until(async () => (await sockets(server)) === 20);
    await until(async () => (await open(server)) === 0, 10_000);
    for (const client of clients) client.destroy();
  });
});

describe('an upgrade to another protocol is ignored', () => {
  const body = JSON.stringify({ query: '{ viewer }' });
  const json = 'Content-Type: application/json\r\n';
  const request = (headers: string, rest: string): string =>
    `POST /graphql HTTP/1.1\r\nHost: x\r\n${headers}\r\n${rest}`;
  // Java's client sends this before each first request over a connection without TLS.
  const h2c =
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: ' +
    'AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n';

  test.each([
    ['a body of known length', request(`${h2c}${json}Content-Length: ${body.length}\r\n`, body)],
    [
      'a body in chunks',
      request(`${h2c}${json}Transfer-Encoding: chunked\r\n`, `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`),
    ],
    [
      'several protocols',
      request(`Connection: upgrade\r\nUpgrade: h2c, websocket/13\r\n${json}Content-Length: ${body.length}\r\n`, body),
    ],
  ])('%s, and the connection stays', async (_what, sent) => {
    await using server = await startServer();
    const client = await rawConnection(server);
    const answers = (): number => client.said().split('{"data":{"viewer":null}}').length - 1;
    for (let count = 1; count <= 3; count++) {
      client.write(count === 2 ? request(`${json}Content-Length: ${body.length}\r\n`, body) : sent);
      await until(() => answers() === count);
    }
    client.destroy();
  });
});

describe('connections of an address', () => {
  test('one too many is refused, and taken again when another has gone', async () => {
    await using server = await startServer({ connectionLimits: { connectionsPerAddress: 2 } });
    using first = await connected(server.wsUrl);
    using second = await connected(server.wsUrl);
    const refused = await server.post({ query: '{ viewer }' });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.body.errors?.[0]?.extensions).toEqual({ code: 'TOO_MANY_REQUESTS', retryAfterMs: 5_000 });
    expect(await upgrade(server)).toEqual({ status: 429, code: 'TOO_MANY_REQUESTS' });
    expect(await countOf(server, 'connectionsRefused', 'address')).toBe(2);
    second.socket.close();
    await second.closed;
    await until(async () => (await open(server)) === 1);
    expect((await server.post({ query: '{ viewer }' })).status).toBe(200);
    expect(first.socket.readyState).toBe(first.socket.OPEN);
  });

  test('a silent connection that is one too many does not stay', async () => {
    await using server = await startServer({ connectionLimits: { connectionsPerAddress: 1 } });
    using _first = await connected(server.wsUrl);
    const client = await rawConnection(server);
    await new Promise<void>((resolve) => client.once('end', () => resolve()));
    client.destroy();
    expect(await countOf(server, 'connectionsRefused', 'address')).toBe(1);
  });

  test('behind a proxy WebSockets and streams count for the client that it names', async () => {
    await using server = await startServer({
      connectionLimits: { connectionsPerAddress: 1 },
      trustedProxies: ['127.0.0.0/8'],
    });
    const from = (forwarded: string) => upgradeKept(server, { 'X-Forwarded-For': forwarded });
    const first = await from('203.0.113.1');
    expect(first.status).toBe(101);
    expect((await from('6.6.6.6, 203.0.113.1')).status).toBe(429);
    const other = await from('2001:db8::1');
    expect(other.status).toBe(101);
    expect((await from('2001:db8::2')).status).toBe(429);
    const streamed = await stream(server.url, { query: '{ viewer }' }, { 'X-Forwarded-For': '203.0.113.1' });
    expect([streamed.status, streamed.text]).toEqual([429, expect.stringContaining('TOO_MANY_REQUESTS')]);
    expect((await server.post({ query: '{ viewer }' }, { 'X-Forwarded-For': '203.0.113.1' })).status).toBe(200);
    first.end();
    await until(
      async () =>
        (await stream(server.url, { query: '{ viewer }' }, { 'X-Forwarded-For': '203.0.113.1' })).status === 200,
    );
    other.end();
  });

  test('from a stranger a forwarded address changes nothing', async () => {
    await using server = await startServer({ connectionLimits: { connectionsPerAddress: 1 } });
    const first = await upgradeKept(server, { 'X-Forwarded-For': '203.0.113.1' });
    expect(first.status).toBe(101);
    expect((await upgradeKept(server, { 'X-Forwarded-For': '203.0.113.2' })).status).toBe(429);
    first.end();
  });

  test('more than the server takes in all: UNAVAILABLE', async () => {
    await using server = await startServer({ connectionLimits: { connections: 1 } });
    using _first = await connected(server.wsUrl);
    const refused = await server.post({ query: '{ viewer }' });
    expect([refused.status, refused.body.errors?.[0]?.extensions.code]).toEqual([503, 'UNAVAILABLE']);
    expect(await countOf(server, 'connectionsRefused', 'connections')).toBe(1);
  });
});

async function upgradeKept(
  server: TestServer,
  headers: Record<string, string>,
): Promise<{ status: number; end: () => void }> {
  const text = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const socket = await rawConnection(
    server,
    upgradeRequest('/graphql', `Sec-WebSocket-Protocol: graphql-transport-ws\r\n${text}`),
  );
  await until(() => socket.said() !== '');
  const status = Number(/^HTTP\/1.1 (\d+)/.exec(socket.said())![1]);
  if (status !== 101) socket.destroy();
  return { status, end: () => void socket.destroy() };
}

describe('the open connections and operations of one user', () => {
  test('WebSockets and streams: one too many is refused, and fits when another goes', async () => {
    await using server = await startServer({ connectionLimits: { connectionsPerUser: 2 } });
    const token = await tokenOf('ann');
    using first = await connected(server.wsUrl, token);
    const controller = new AbortController();
    const headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    };
    await fetch(`${server.url}/graphql/stream`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: 'subscription { direct }' }),
      signal: controller.signal,
    });

    using refused = await connected(server.wsUrl, token);
    expect(await refused.closed).toEqual({ code: 1013, reason: expect.stringMatching(/^TOO_MANY_REQUESTS: /) });
    const streamed = await stream(server.url, { query: '{ viewer }' }, { authorization: `Bearer ${token}` });
    expect([streamed.status, streamed.text]).toEqual([429, expect.stringContaining('TOO_MANY_REQUESTS')]);
    expect(await countOf(server, 'connectionsRefused', 'user')).toBe(2);
    using _anothers = await connected(server.wsUrl, await tokenOf('bob'));
    expect(first.socket.readyState).toBe(first.socket.OPEN);

    controller.abort();
    await until(
      async () =>
        (await stream(server.url, { query: '{ viewer }' }, { authorization: `Bearer ${token}` })).status === 200,
    );
  });

  test('subscriptions, over all sockets and streams', async () => {
    await using server = await startServer({ connectionLimits: { subscriptionsPerUser: 3 } });
    const token = await tokenOf('ann');
    using first = await connected(server.wsUrl, token);
    using second = await connected(server.wsUrl, token);
    const subscribe = (id: string) => ({ id, type: 'subscribe', payload: { query: 'subscription { direct }' } });
    for (const id of ['1', '2']) first.send(subscribe(id));
    second.send(subscribe('1'));
    await first.message(({ id }) => id === '2');
    await second.message(({ id }) => id === '1');
    second.send(subscribe('2'));
    expect(await second.message(({ type }) => type === 'error')).toMatchObject({
      id: '2',
      payload: [{ extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs: 1_000 } }],
    });
    expect(
      (await stream(server.url, { query: 'subscription { direct }' }, { authorization: `Bearer ${token}` })).text,
    ).toContain('TOO_MANY_REQUESTS');
    // Queries and mutations do not count.
    second.send({ id: '3', type: 'subscribe', payload: { query: '{ viewer }' } });
    await second.message(({ id, type }) => id === '3' && type === 'complete');
    expect(await countOf(server, 'connectionsRefused', 'subscriptions')).toBe(2);

    first.send({ id: '1', type: 'complete' });
    await until(() => server.seen.requests.some(({ signal }) => signal.aborted));
    second.send(subscribe('4'));
    await second.message(({ id, type }) => id === '4' && type === 'next');
    first.socket.terminate();
    await until(async () => (await sockets(server)) === 1);
    for (const id of ['5', '6']) second.send(subscribe(id));
    expect((await second.message(({ id }) => id === '5')).type).toBe('next');
    expect((await second.message(({ id }) => id === '6')).type).toBe('error');
  });
});

describe('a socket without a token', () => {
  test('is closed after its time, with any messages meanwhile', async () => {
    await using server = await startServer({ connectionLimits: { anonymousMs: 300 } });
    using socket = await connected(server.wsUrl);
    using signedIn = await connected(server.wsUrl, await tokenOf('ann'));
    const ping = setInterval(
      () => socket.socket.readyState === socket.socket.OPEN && socket.send({ type: 'ping' }),
      20,
    );
    expect(await socket.closed).toEqual({ code: 4403, reason: expect.stringContaining('sign in') });
    clearInterval(ping);
    expect(await countOf(server, 'connectionsEnded', 'anonymous')).toBe(1);
    signedIn.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer }' } });
    await signedIn.message(({ type }) => type === 'next');
  });

  test('so is a stream', async () => {
    await using server = await startServer({ connectionLimits: { anonymousMs: 200 } });
    const { text } = await stream(server.url, { query: 'subscription { direct }' });
    expect(text).toContain('"code":"UNAUTHENTICATED"');
    expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });
});

test('requests whose client goes away before their turn are over', async () => {
  const server = await startServer();
  const body = JSON.stringify({ query: '{ slow }' });
  const request =
    'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ' +
    `${body.length}\r\n\r\n${body}`;
  const client = await rawConnection(server, request.repeat(10));
  await until(() => server.seen.requests.length > 0);
  client.destroy();
  await until(() => server.seen.requests.every(({ signal }) => signal.aborted));
  // It would wait for the whole of its grace time.
  const began = Date.now();
  await server.stop();
  expect(Date.now() - began).toBeLessThan(2_000);
});

describe('malformed or unfinished requests', () => {
  const head = 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  /** A chunk for each character, and no end. */
  const chunked = (body: string): string =>
    `${head}Transfer-Encoding: chunked\r\n\r\n${body.replaceAll(/[^]/g, '1\r\n$&\r\n')}`;

  test('a body in 4,000 pieces is read', async () => {
    await using server = await startServer();
    const client = await rawConnection(server, `${chunked('{"query":"{ viewer }"}'.padStart(4_000))}0\r\n\r\n`);
    await until(() => client.said().includes('{"data":{"viewer":null}}'));
    client.destroy();
  });

  test.each([
    ['half of its headers', 'POST /graphql HTTP/1.1\r\nHost: x\r\n', 408, 'BAD_USER_INPUT', 'slow'],
    ['half of its body', `${head}Content-Length: 100\r\n\r\n{"query"`, 408, 'BAD_USER_INPUT', 'slow'],
    ['half of a chunk', `${head}Transfer-Encoding: chunked\r\n\r\n64\r\n{"query"`, 408, 'BAD_USER_INPUT', 'slow'],
    ['nothing at all', '', 408, 'BAD_USER_INPUT', 'slow'],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'BAD_USER_INPUT', 'malformed'],
    ['a header without a name', `${head}: x\r\n\r\n`, 400, 'BAD_USER_INPUT', 'malformed'],
    [
      'a length beside chunks',
      `${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'BAD_USER_INPUT',
      'malformed',
    ],
    ['two lengths', `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`, 400, 'BAD_USER_INPUT', 'malformed'],
    ['20 kB of headers', `${head}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'PAYLOAD_TOO_LARGE', 'malformed'],
    [
      '20 kB behind the length of a chunk',
      `${head}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n`,
      413,
      'PAYLOAD_TOO_LARGE',
      'malformed',
    ],
    ['a body in 5,000 pieces', chunked(' '.repeat(5_000)), 413, 'PAYLOAD_TOO_LARGE', 'malformed'],
    [
      'the same for a stream',
      chunked(' '.repeat(5_000)).replace('/graphql', '/graphql/stream'),
      413,
      'PAYLOAD_TOO_LARGE',
      'malformed',
    ],
  ])('%s: answered with a code, counted, and closed', async (_what, text, status, code, reason) => {
    await using server = await startServer({ headersMs: 100, requestMs: 200 });
    const client = await rawConnection(server, text);
    await until(async () => (await open(server)) === 0 && client.said() !== '', 10_000);
    const [answer = '', body = ''] = client.said().split('\r\n\r\n');
    expect(Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1])).toBe(status);
    expect(JSON.parse(body)).toEqual({ errors: [{ message: expect.stringMatching(/\.$/), extensions: { code } }] });
    expect(await countOf(server, 'connectionsEnded', reason)).toBe(1);
    client.destroy();
  });

  test('a client that goes away in the middle is not counted as malformed', async () => {
    await using server = await startServer();
    const client = await rawConnection(server, `${head}Content-Length: 100\r\n\r\n{`);
    await until(async () => (await open(server)) === 1);
    client.resetAndDestroy();
    await until(async () => (await open(server)) === 0);
    expect((await server.metrics.connectionsEnded.get()).values).toEqual([]);
  });
});

test('a connection that idles longer than its header time stays open', async () => {
  await using server = await startServer({ headersMs: 100, idleMs: 30_000 });
  const client = await rawConnection(server, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => client.said().includes('"ok"'));
  expect(client.said()).toMatch(/Keep-Alive: timeout=30/i);
  // Two later connections have been cut off for late headers, one after the other.
  for (let count = 0; count < 2; count++) {
    const late = await rawConnection(server, 'GET /healthz HTTP/1.1\r\n');
    await until(() => late.said().includes('408'));
    late.destroy();
  }
  client.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => client.said().split('"ok"').length === 3);
  client.destroy();
});

test('by default a connection idles longer than the 60 s of common proxies', async () => {
  await using server = await startServer();
  const { headers } = await fetch(`${server.url}/healthz`);
  expect(headers.get('keep-alive')).toBe('timeout=72');
});
