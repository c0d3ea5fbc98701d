import { request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { GraphQLBody, TestServer } from './fixture.js';
import { connected, results, startServer, stream, until, writtenTexts } from './fixture.js';

const count = async (
  server: TestServer,
  metric: 'answersRefused' | 'connectionsEnded',
  reason?: string,
): Promise<number> => {
  const { values } = await server.metrics[metric].get();
  return values
    .filter(({ labels }) => reason === undefined || (labels as { reason?: unknown }).reason === reason)
    .reduce((sum, { value }) => sum + value, 0);
};

describe('the bytes of an answer', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  const ALIASES = (kilobytes: number, field = 'text'): string =>
    Array.from({ length: 29 }, (_, index) => `a${index}: ${field}(kilobytes: ${kilobytes})`).join(' ');

  const transports: Readonly<Record<string, (query: string) => Promise<GraphQLBody>>> = {
    http: async (query) => (await server.post({ query })).body,
    'http, chunked': (query) =>
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
        sent.write('{"query":');
        sent.end(`${JSON.stringify(query)}}`);
      }),
    async websocket(query) {
      using socket = await connected(server.wsUrl);
      socket.send({ id: '1', type: 'subscribe', payload: { query } });
      const { payload } = await socket.message(({ id }) => id === '1');
      return payload as GraphQLBody;
    },
    sse: async (query) => results((await stream(server.url, { query })).text)[0]!,
  };

  test.each(Object.keys(transports))(
    'over %s: 4 MiB are sent, 5.8 MB under 29 names are refused before serialising',
    async (name) => {
      const send = transports[name]!;
      expect((await send(`{ ${ALIASES(140)} }`)).errors).toBeUndefined();
      const before = await count(server, 'answersRefused');
      const refused = await send(`{ ${ALIASES(200)} }`);
      expect(refused).toEqual({
        data: null,
        errors: [
          {
            message: expect.stringContaining('more than 4194304 bytes') as string,
            extensions: { code: 'ANSWER_TOO_LARGE' },
          },
        ],
      });
      expect(await count(server, 'answersRefused')).toBe(before + 1);
    },
  );

  test.each(Object.keys(transports))('over %s: a mutation whose answer is refused was executed once', async (name) => {
    const before = writtenTexts();
    expect(await transports[name]!(`mutation { ${ALIASES(200, 'writeText')} }`)).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'ANSWER_TOO_LARGE' } }],
    });
    expect(writtenTexts()).toBe(before + 29);
  });
});

describe('a client that does not read', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ unreadMs: 1_000 });
  });
  afterAll(() => server.stop());

  const opened = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    return socket;
  };
  const post = (path: string, query: string): string => {
    const body = JSON.stringify({ query });
    return (
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nContent-Type: ` +
      `application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    );
  };
  const LARGE = '{ a: text(kilobytes: 2000) b: text(kilobytes: 2000) }';

  /**
   * Of 4 MB each: more than a kernel takes for a reader that sleeps. Linux buffers up to 36 MB of a connection by
   * default.
   */
  const ANSWERS = 12;

  test.each(['/graphql', '/graphql/stream'])('at %s is ended', async (path) => {
    const before = await count(server, 'connectionsEnded', 'unread');
    const socket = await opened();
    socket.write(post(path, LARGE).repeat(ANSWERS));
    await until(async () => (await count(server, 'connectionsEnded', 'unread')) === before + 1, 20_000);
    socket.resume();
    await until(() => socket.destroyed, 20_000);
  });

  test('of a WebSocket is ended', async () => {
    const before = await count(server, 'connectionsEnded', 'unread');
    using socket = await connected(server.wsUrl);
    socket.socket.pause();
    for (let index = 0; index < ANSWERS; index++)
      socket.send({ id: String(index), type: 'subscribe', payload: { query: LARGE } });
    await until(async () => (await count(server, 'connectionsEnded', 'unread')) === before + 1, 20_000);
  });

  test('and one that reads slowly, or waits long for a result, is not', async () => {
    const before = await count(server, 'connectionsEnded', 'unread');
    using idle = await connected(server.wsUrl);
    idle.send({ id: '1', type: 'subscribe', payload: { query: '{ slow }' } });
    const other = await opened();
    other.write(post('/graphql', LARGE).repeat(ANSWERS));
    await until(async () => (await count(server, 'connectionsEnded', 'unread')) === before + 1, 20_000);
    expect(idle.socket.readyState).toBe(idle.socket.OPEN);
    server.seen.release();
    expect(await idle.message(({ type }) => type === 'next')).toMatchObject({ payload: { data: { slow: 'done' } } });
    other.destroy();
  });
});

describe('pipelined requests', () => {
  const raw = (
    url: string,
    requests: number,
    query: (index: number) => string,
  ): { readonly socket: Socket; readonly text: () => string } => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', () => undefined);
    const all = Array.from({ length: requests }, (_, index) => {
      const body = JSON.stringify({ query: query(index) });
      return (
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ' +
        `${body.length}\r\n\r\n${body}`
      );
    });
    socket.write(all.join(''));
    return { socket, text: () => text };
  };

  test('are executed one after the other, and answered in their order', async () => {
    await using server = await startServer();
    const { socket, text } = raw(server.url, 10, (index) => (index === 0 ? '{ slow }' : `{ echo(number: ${index}) }`));
    await until(() => server.seen.requests.length === 1);
    // Another client's request does not delay its own for longer than it takes.
    expect((await server.post({ query: '{ echo(number: 1) }' })).status).toBe(200);
    expect(server.seen.requests).toHaveLength(2);
    server.seen.release();
    await until(() => text().includes('{"echo":9}'));
    expect([...text().matchAll(/"(?:slow|echo)":("done"|\d)/g)].map(([, value]) => value)).toEqual([
      '"done"',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
    ]);
    socket.destroy();
  });

  test('of hundreds some are answered, the rest refused, and the connection closed', async () => {
    const server = await startServer();
    const { socket, text } = raw(server.url, 300, (index) => (index === 0 ? '{ slow }' : `{ echo(number: ${index}) }`));
    await until(async () => (await count(server, 'connectionsEnded', 'pipelined')) === 1);
    server.seen.release();
    await until(() => socket.destroyed);
    expect([...text().matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      ...Array.from({ length: 17 }, () => '200'),
      '429',
    ]);
    expect(text()).toContain('"code":"TOO_MANY_REQUESTS"');
    expect(server.seen.requests).toHaveLength(17);
    await server.stop();
  });

  test('of thousands behind a missing answer, the connection is closed at once', async () => {
    await using server = await startServer();
    const { socket } = raw(server.url, 5_000, (index) => (index === 0 ? '{ slow }' : '{ echo(number: 1) }'));
    await until(() => socket.destroyed);
    expect(server.seen.requests).toHaveLength(1);
    expect(await count(server, 'connectionsEnded', 'pipelined')).toBe(1);
  });

  test('are forgotten with their connection, and hold up no stop', async () => {
    const server = await startServer();
    const { socket } = raw(server.url, 10, () => '{ slow }');
    await until(() => server.seen.requests.length === 1);
    socket.destroy();
    await until(() => server.seen.requests[0]!.signal.aborted);
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(1_900);
    expect(server.seen.requests).toHaveLength(1);
  });
});
