import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pino } from 'pino';
import { createMetrics } from '../../../src/metrics.js';
import { createOperationsServer } from '../../../src/server/health/operations-server.js';
import type { TestServer } from './fixture.js';
import { startServer, until } from './fixture.js';

interface Observed {
  readonly status: number;
  readonly text: string;
}

/** A request with any Host, which fetch does not allow. */
function ask(
  url: string,
  headers: Record<string, string>,
  { method = 'GET', body }: { method?: string; body?: string } = {},
): Promise<Observed> {
  const sent = httpRequest(url, { method, headers, agent: false });
  sent.end(body);
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('upgrade', (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, text: '' });
    });
    sent.once('response', (response: IncomingMessage) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
  });
}

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'graphql-transport-ws',
};
const upgrade = (server: TestServer, headers: Record<string, string>): Promise<Observed> =>
  ask(`${server.url}/graphql`, { ...UPGRADE, ...headers });
const json = { 'content-type': 'application/json' };
const refused = async (server: TestServer, reason: string): Promise<number> =>
  (await server.metrics.connectionsRefused.get()).values.find(({ labels }) => labels.reason === reason)?.value ?? 0;

describe('pages of foreign origins', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ corsOrigins: ['https://app.example'] });
  });
  afterAll(() => server.stop());

  test.each([
    ['https://evil.example'],
    ['null'],
    ['file://'],
    ['https://app.example.evil.example'],
    ['http://app.example'],
    ['https://app.example:8443'],
    ['http://127.0.0.1:1'],
    ['http://localhost'],
    [''],
    ['http://chat.example@evil.example'],
  ])('%p opens no WebSocket', async (origin) => {
    const told = await upgrade(server, { Origin: origin, Host: 'chat.example' });
    expect([told.status, told.text]).toEqual([403, expect.stringContaining('"code":"FORBIDDEN"')]);
  });

  test('they are counted', async () => {
    const before = await refused(server, 'origin');
    await upgrade(server, { Origin: 'https://evil.example' });
    expect((await refused(server, 'origin')) - before).toBe(1);
  });

  test.each([
    ['its own, behind a proxy with TLS', 'https://chat.example', 'chat.example'],
    ['its own, with a port', 'http://chat.example:8080', 'chat.example:8080'],
    ['its own, in IPv6', 'http://[::1]:8080', '[::1]:8080'],
    ['its own, with the port of the scheme', 'https://chat.example', 'chat.example:443'],
    ['one that CORS lets in', 'https://app.example', 'chat.example'],
  ])('%s opens one', async (_what, origin, host) => {
    expect((await upgrade(server, { Origin: origin, Host: host })).status).toBe(101);
  });

  test('a client without an origin is served: it is no browser', async () => {
    expect((await upgrade(server, {})).status).toBe(101);
  });

  // Content types that a page may send to another origin without a preflight.
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'a page that sends %s has nothing executed, on both paths',
    async (type) => {
      const requests = server.seen.requests.length;
      const body = JSON.stringify({ query: 'mutation { write }' });
      for (const path of ['/graphql', '/graphql/stream']) {
        const told = await ask(
          `${server.url}${path}`,
          {
            'content-type': type,
            accept: path.endsWith('stream') ? 'text/event-stream' : '*/*',
            Origin: 'https://evil.example',
          },
          { method: 'POST', body },
        );
        expect(told.status).toBeGreaterThanOrEqual(400);
      }
      expect(server.seen.requests).toHaveLength(requests);
    },
  );
});

describe('in development mode', () => {
  let server: TestServer;
  let port: string;
  beforeAll(async () => {
    server = await startServer({ localOnly: true });
    ({ port } = new URL(server.url));
  });
  afterAll(() => server.stop());

  const paths = ['/graphql', '/graphql/stream', '/healthz', '/readyz', '/metrics', '/'];
  test.each([
    'evil.example',
    'evil.example:PORT',
    'localhost.evil.example:PORT',
    'localhost:PORT.evil.example',
    'evil-localhost',
    'localhost:',
    'localhost:x',
    '127.0.0.1.evil.example',
    '0.0.0.0:PORT',
    '2130706433:PORT',
    '127.0.0.1@evil.example',
  ])('a request to %s is refused, on every path', async (name) => {
    const host = name.replace('PORT', port);
    for (const path of paths) {
      const told = await ask(
        `${server.url}${path}`,
        { Host: host, ...json, accept: '*/*' },
        { method: path.startsWith('/graphql') ? 'POST' : 'GET', body: JSON.stringify({ query: '{ viewer }' }) },
      );
      expect([path, told.status, told.text]).toEqual([path, 403, expect.stringContaining('"code":"FORBIDDEN"')]);
    }
    // A page of that name has that name as its origin.
    expect((await upgrade(server, { Host: host, Origin: `http://${host}` })).status).toBe(403);
  });

  test.each([
    'localhost:PORT',
    '127.0.0.1:PORT',
    '[::1]:PORT',
    'LOCALHOST:PORT',
    'localhost',
    '127.0.0.1',
    '[::1]',
    'localhost:5173',
    '127.0.0.1:8080',
  ])('one to %s is served, also through a tunnel or a development server', async (name) => {
    const host = name.replace('PORT', port);
    expect(
      (
        await ask(
          `${server.url}/graphql`,
          { Host: host, ...json },
          { method: 'POST', body: JSON.stringify({ query: '{ viewer }' }) },
        )
      ).text,
    ).toBe('{"data":{"viewer":null}}');
    expect((await upgrade(server, { Host: host, Origin: `http://${host.toLowerCase()}` })).status).toBe(101);
  });

  test('a client of HTTP/1.0, without a Host, is served', async () => {
    const client = connect(Number(port), '127.0.0.1');
    client.write('GET /healthz HTTP/1.0\r\n\r\n');
    expect(String(await buffer(client))).toMatch(/^HTTP\/1.1 200 [^]*"ok"/);
  });

  test('health and metrics on a port of their own are as strict', async () => {
    await using own = createOperationsServer({
      host: '127.0.0.1',
      port: 0,
      localOnly: true,
      notReady: () => [],
      logger: pino({ level: 'silent' }),
      metrics: createMetrics(),
    });
    const { url } = await own.start();
    expect((await ask(`${url}/metrics`, { Host: 'evil.example' })).status).toBe(403);
    expect((await ask(`${url}/metrics`, { Host: 'localhost:9090' })).status).toBe(200);
  });

  test('in other modes every name is served', async () => {
    await using open = await startServer();
    expect((await ask(`${open.url}/healthz`, { Host: 'chat.example' })).status).toBe(200);
  });
});

describe('readiness and metrics', () => {
  test('have a port of their own where one is set', async () => {
    await using api = await startServer({ operationsElsewhere: true });
    const statuses = await Promise.all(
      ['/readyz', '/metrics', '/healthz'].map(async (path) => (await fetch(`${api.url}${path}`)).status),
    );
    expect(statuses).toEqual([404, 404, 200]);

    await using own = createOperationsServer({
      host: '127.0.0.1',
      port: 0,
      notReady: () => [],
      logger: pino({ level: 'silent' }),
      metrics: api.metrics,
    });
    const { url } = await own.start();
    expect(
      await Promise.all(
        ['/readyz', '/metrics', '/healthz', '/graphql'].map(async (path) => (await fetch(`${url}${path}`)).status),
      ),
    ).toEqual([200, 200, 200, 404]);
  });

  test('a client that does not read them is ended, on a port of their own, too', async () => {
    const metrics = createMetrics();
    await using own = createOperationsServer({
      host: '127.0.0.1',
      port: 0,
      unreadMs: 200,
      notReady: () => [],
      logger: pino({ level: 'silent' }),
      metrics,
    });
    const { port } = await own.start();
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const asking = setInterval(
      () =>
        client.writable &&
        client.writableLength < 1 << 20 &&
        client.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20)),
      1,
    );
    await until(
      async () =>
        (await metrics.connectionsEnded.get()).values.some(
          ({ labels, value }) => labels.reason === 'unread' && value === 1,
        ),
      30_000,
    );
    clearInterval(asking);
    client.resume();
    await closed;
  });

  test('are computed once for many requests', async () => {
    let asked = 0;
    let answer: (reasons: readonly string[]) => void = () => undefined;
    const answered = new Promise<readonly string[]>((resolve) => (answer = resolve));
    await using server = await startServer({
      notReady() {
        asked++;
        return answered;
      },
    });
    const looks = Array.from({ length: 200 }, () =>
      fetch(`${server.url}/readyz`).then(async (response) => [response.status, await response.json()]),
    );
    await until(() => asked === 1);
    answer(['the database does not answer']);
    for (const look of looks)
      expect(await look).toEqual([503, { ready: false, reasons: ['the database does not answer'] }]);
    // Once, on a machine where all requests come while an answer is kept.
    expect(asked).toBeLessThan(20);
    // The answer is not kept for ever.
    const before = asked;
    await until(async () => {
      await fetch(`${server.url}/readyz`);
      return asked > before;
    });
  });

  test('a part that does not answer is not ready', async () => {
    await using server = await startServer({ notReady: () => new Promise(() => undefined) });
    const response = await fetch(`${server.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { ready: false, reasons: [expect.stringContaining('do not answer within')] },
    ]);
  });

  test('an error of a check is not shown', async () => {
    await using server = await startServer({
      notReady: () => Promise.reject(new Error('connect ECONNREFUSED /var/run/secret/.s.PGSQL.5432')),
    });
    const text = await (await fetch(`${server.url}/readyz`)).text();
    expect(text).not.toMatch(/secret|ECONN/);
  });

  test('metrics are made once for many who ask at once', async () => {
    const metrics = createMetrics();
    const { registry } = metrics;
    const make = registry.metrics.bind(registry);
    let made = 0;
    registry.metrics = () => {
      made++;
      return make();
    };
    await using server = await startServer({ metrics });
    const texts = await Promise.all(
      Array.from({ length: 100 }, async () => (await fetch(`${server.url}/metrics`)).text()),
    );
    expect(texts.every((text) => text.includes('madang_http_connections'))).toBe(true);
    // Far less than twenty times one computation on an idle machine; a busy one takes some more.
    expect(made).toBeLessThan(50);
  });
});
