import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { RawSocket, TestServer } from './fixture.js';
import { POURED_BYTES, connected, pouredResults, rawSocket, startServer, tokenOf, until } from './fixture.js';

const ended = async (server: TestServer, reason: string): Promise<number> =>
  (await server.metrics.connectionsEnded.get()).values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
const open = async (server: TestServer): Promise<number> =>
  (await server.metrics.httpConnections.get()).values[0]?.value ?? 0;

const MEBIBYTE = 1 << 20;
const FIELDS = '{ name args { name } type { name kind ofType { name } } }';
/** Introspection: the largest answer that this schema has, for a request of 1 kB. */
const large =
  '{ ' +
  Array.from({ length: 8 }, (_, i) => `a${i}: __schema { types { name kind fields ${FIELDS} } }`).join(' ') +
  ' }';

describe('a client that does not read', () => {
  test('over HTTP: its connection is closed, though it goes on asking', async () => {
    await using server = await startServer({ unreadMs: 200 });
    const body = JSON.stringify({ query: large });
    const client = connect(Number(new URL(server.url).port), '127.0.0.1');
    client.on('error', () => undefined);
    const request =
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ' +
      `${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const asking = setInterval(() => client.writable && client.writableLength < MEBIBYTE && client.write(request), 1);
    try {
      await until(async () => (await ended(server, 'unread')) === 1, 30_000);
      await until(async () => (await open(server)) === 0);
    } finally {
      clearInterval(asking);
      client.destroy();
    }
  });

  test('over SSE: its connection is closed', async () => {
    await using server = await startServer({ unreadMs: 200 });
    const sent = httpRequest(`${server.url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    sent.on('error', () => undefined);
    sent.end(JSON.stringify({ query: 'subscription { direct }' }));
    const response = await new Promise<IncomingMessage>((resolve) => sent.once('response', resolve));
    response.on('error', () => undefined);
    const { sink } = server.seen.requests.at(-1)!;
    while (sink!.backlog() === 0) {
      sink!.next(JSON.stringify({ data: { text: 'x'.repeat(64 * 1024) } }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(async () => (await ended(server, 'unread')) === 1, 20_000);
    await until(async () => (await open(server)) === 0);
    sent.destroy();
  });

  test('over WebSocket: closed, though it sends unsolicited pongs', async () => {
    await using server = await startServer({ unreadMs: 200 });
    using socket = await connected(server.wsUrl, await tokenOf('slow'));
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { direct }' } });
    await socket.message(({ type }) => type === 'next');
    socket.socket.pause();
    const pongs = setInterval(() => socket.socket.readyState === socket.socket.OPEN && socket.socket.pong(), 20);
    const { sink } = server.seen.requests.at(-1)!;
    while (sink!.backlog() === 0) {
      sink!.next(JSON.stringify({ data: { text: 'x'.repeat(64 * 1024) } }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(async () => (await ended(server, 'unread')) === 1, 20_000);
    clearInterval(pongs);
    await until(async () => (await open(server)) === 0);
  });

  test('one that reads slowly, but reads, is left alone', async () => {
    await using server = await startServer({ unreadMs: 1_000 });
    using socket = await connected(server.wsUrl, await tokenOf('slow'));
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { direct }' } });
    await socket.message(({ type }) => type === 'next');
    const { sink } = server.seen.requests.at(-1)!;
    const text = JSON.stringify({ data: { text: 'x'.repeat(64 * 1024) } });
    for (let written = 0; sink!.backlog() < 8 * MEBIBYTE; written++) sink!.next(text);
    const before = socket.messages.length;
    // Takes a little in each pause, far less than what waits, for longer than the whole of the time.
    const end = Date.now() + 3_000;
    while (Date.now() < end) {
      socket.socket.resume();
      await new Promise((resolve) => setImmediate(resolve));
      socket.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(socket.messages.length).toBeGreaterThan(before);
    expect(await ended(server, 'unread')).toBe(0);
    expect(socket.socket.readyState).toBe(socket.socket.OPEN);
  });
});

describe('the data that waits for a client is bounded', () => {
  // The buffers of the kernels of both sides, and of the transport itself.
  const TAKEN_BYTES = 32 * MEBIBYTE;

  test('results that are pulled, over SSE', async () => {
    await using server = await startServer({ unreadMs: 1_000 });
    const client = connect(Number(new URL(server.url).port), '127.0.0.1');
    client.on('error', () => undefined);
    client.pause();
    const body = JSON.stringify({ query: 'subscription { pours }' });
    client.write(
      'POST /graphql/stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: ' +
        `application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until(async () => (await ended(server, 'unread')) === 1, 20_000);
    await until(async () => (await open(server)) === 0);
    expect(pouredResults()).toBeGreaterThan(1);
    expect(pouredResults() * POURED_BYTES).toBeLessThan(TAKEN_BYTES);
    client.destroy();
  });

  test('results that are pulled, over WebSocket', async () => {
    await using server = await startServer({ unreadMs: 1_000 });
    using socket = await connected(server.wsUrl);
    socket.socket.pause();
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { pours }' } });
    await until(async () => (await ended(server, 'unread')) === 1, 20_000);
    await until(async () => (await open(server)) === 0);
    expect(pouredResults()).toBeGreaterThan(1);
    expect(pouredResults() * POURED_BYTES).toBeLessThan(TAKEN_BYTES);
  });

  test('pings with a payload of 250 kB that are never read', async () => {
    await using server = await startServer();
    const clients = await Promise.all(Array.from({ length: 3 }, () => connected(server.wsUrl)));
    const ping = JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(250_000) } });
    for (const { socket } of clients) socket.pause();
    for (let round = 0; round < 200; round++) {
      for (const { socket } of clients) socket.send(ping);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The server has read and answered all of them: the answers wait in the buffers of the network, and a few in its
    // own.
    await until(() => clients.every(({ socket }) => socket.bufferedAmount === 0), 20_000);
    for (const { socket } of clients) socket.resume();
    const pongs = ({ messages }: RawSocket) => messages.filter(({ type }) => type === 'pong');
    await until(() => clients.every((client) => pongs(client).length === 200), 20_000);
    for (const client of clients) {
      const echoed = pongs(client).filter(({ payload }) => payload !== undefined).length;
      expect(echoed).toBeGreaterThan(0);
      // The network's buffers hold some ten megabytes.
      expect(echoed).toBeLessThan(100);
      client[Symbol.dispose]();
    }
  });

  test('a client with much to read is not read from until it has taken it', async () => {
    await using server = await startServer();
    using socket = await connected(server.wsUrl);
    socket.socket.pause();
    for (let n = 0; n < 60; n++) socket.send({ id: `q${n}`, type: 'subscribe', payload: { query: large } });
    for (let n = 0; n < 400; n++) {
      socket.send({ type: 'ping', payload: { n, x: 'x'.repeat(32_000) } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.socket.resume();
    // Everything is answered once it reads, to the last ping.
    await until(() => socket.messages.filter(({ type }) => type === 'pong').length === 400, 20_000);
    expect(socket.messages.filter(({ type }) => type === 'complete')).toHaveLength(60);
  });

  test('an id as long as a message is refused: it would come back with every result', async () => {
    await using server = await startServer();
    using fine = await connected(server.wsUrl);
    fine.send({ id: 'i'.repeat(256), type: 'subscribe', payload: { query: '{ viewer }' } });
    await fine.message(({ type }) => type === 'complete');
    fine.send({ id: 'i'.repeat(257), type: 'subscribe', payload: { query: '{ viewer }' } });
    expect(await fine.closed).toEqual({ code: 4400, reason: 'An id has at most 256 characters' });
  });
});

describe('unfinished input of clients', () => {
  const bounds = { unfinishedBytes: MEBIBYTE };
  const body = 'x'.repeat(200_000);
  const ways: Readonly<Record<string, (server: TestServer) => Promise<Disposable>>> = {
    async 'a body of known length'(server) {
      return begun(
        server,
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ' +
          `${body.length + 1}\r\n\r\n${body}`,
      );
    },
    async 'a body in chunks'(server) {
      return begun(
        server,
        'POST /graphql/stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: ' +
          'application/json\r\nTransfer-Encoding: ' +
          `chunked\r\n\r\n${(body.length + 1).toString(16)}\r\n${body}`,
      );
    },
    async 'a message in pieces'(server) {
      const socket = await connected(server.wsUrl);
      for (let piece = 0; piece < 10; piece++) {
        socket.socket.send('x'.repeat(20_000), { fin: false });
        socket.socket.pong();
      }
      return socket;
    },
  };
  const begun = (server: TestServer, text: string): Disposable => {
    const client = connect(Number(new URL(server.url).port), '127.0.0.1');
    client.on('error', () => undefined);
    client.write(text);
    return { [Symbol.dispose]: () => void client.destroy() };
  };

  test.each(Object.keys(ways))('%s: of many, the largest are closed, down to the bound for all', async (way) => {
    await using server = await startServer({ unreadMs: 40, bufferBounds: bounds });
    // Reads all data, and has ended all of its own, of any size.
    using quiet = await connected(server.wsUrl, await tokenOf('quiet'));
    for (let count = 0; count < 10; count++) quiet.send({ type: 'ping', payload: { x: 'x'.repeat(200_000) } });
    await until(() => quiet.messages.filter(({ type }) => type === 'pong').length === 10);
    const clients = await Promise.all(Array.from({ length: 12 }, () => ways[way]!(server)));
    // Five times 200,000 bytes are within a mebibyte.
    await until(async () => (await ended(server, 'unfinished')) >= 7);
    await until(async () => (await open(server)) === 6);
    quiet.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer }' } });
    await quiet.message(({ type }) => type === 'complete');
    expect(await ended(server, 'unfinished')).toBe(7);
    for (const client of clients) client[Symbol.dispose]();
  });

  test('pings and pongs are no unfinished input, in any number', async () => {
    await using server = await startServer({
      unreadMs: 40,
      bufferBounds: { unfinishedBytes: 1_000 },
      connectionLimits: { messagesPerSecond: 1_000 },
    });
    using socket = await connected(server.wsUrl);
    let pongs = 0;
    socket.socket.on('pong', () => pongs++);
    for (let count = 0; count < 300; count++) {
      socket.socket.pong('x'.repeat(100));
      socket.socket.ping('x'.repeat(100));
    }
    await until(() => pongs === 300);
    for (let count = 0; count < 3; count++) await roundTrip(socket, count);
    expect(await ended(server, 'unfinished')).toBe(0);
  });
});

describe('messages of a socket', () => {
  const floods: readonly (readonly [string, (socket: Awaited<ReturnType<typeof connected>>) => void])[] = [
    ['pings of the protocol', (socket) => socket.send({ type: 'ping' })],
    ['pongs of the protocol', (socket) => socket.send({ type: 'pong' })],
    ['pings of the WebSocket', ({ socket }) => socket.ping('x')],
    ['pongs of the WebSocket', ({ socket }) => socket.pong('x')],
    ['completes of nothing', (socket) => socket.send({ type: 'complete', id: 'none' })],
    [
      'operations that end at once',
      (socket) => socket.send({ id: String(Math.random()), type: 'subscribe', payload: { query: '{' } }),
    ],
  ];

  test.each(floods)('a flood of %s ends it with 1008, and costs the others nothing', async (_what, one) => {
    await using server = await startServer({ connectionLimits: { messagesPerSecond: 20 } });
    using quiet = await connected(server.wsUrl, await tokenOf('quiet'));
    using socket = await connected(server.wsUrl, await tokenOf('loud'));
    for (let n = 0; n < 5_000; n++) if (socket.socket.readyState === socket.socket.OPEN) one(socket);
    expect(await socket.closed).toEqual({ code: 1008, reason: 'TOO_MANY_REQUESTS: at most 20 messages a second' });
    expect(await ended(server, 'messages')).toBe(1);
    expect(socket.messages.length).toBeLessThan(110);
    quiet.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer }' } });
    await quiet.message(({ type }) => type === 'complete');
    await until(async () => (await open(server)) === 1);
  });

  test.each([
    ['a user', (handle: string) => tokenOf(handle)],
    ['an address without a token', () => Promise.resolve(undefined)],
  ])('many sockets of %s, each within its rate, are a flood together', async (_what, token) => {
    await using server = await startServer({ connectionLimits: { messagesPerSecond: 20 } });
    const sockets = await Promise.all(
      Array.from({ length: 30 }, async () => connected(server.wsUrl, await token('loud'))),
    );
    using quiet = await connected(server.wsUrl, await tokenOf('quiet'));
    // A thousand at once, and two hundred a second.
    for (let n = 0; n < 60; n++)
      for (const socket of sockets) if (socket.socket.readyState === socket.socket.OPEN) socket.send({ type: 'ping' });
    await until(async () => (await ended(server, 'messages')) > 0);
    const { code, reason } = await Promise.race(sockets.map(({ closed }) => closed));
    expect([code, reason]).toEqual([1008, 'TOO_MANY_REQUESTS: at most 200 messages a second on all sockets together']);
    quiet.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer }' } });
    await quiet.message(({ type }) => type === 'complete');
    for (const socket of sockets) socket[Symbol.dispose]();
  });

  test('many clients may connect at once', async () => {
    await using server = await startServer({ connectionLimits: { messagesPerSecond: 1 } });
    // Without a token an address may send fifty at once.
    const sockets = await Promise.all(Array.from({ length: 70 }, () => connected(server.wsUrl)));
    expect(sockets.filter(({ messages }) => messages.some(({ type }) => type === 'connection_ack'))).toHaveLength(70);
    for (const socket of sockets) socket[Symbol.dispose]();
  });

  test('before connection_init, too', async () => {
    await using server = await startServer({ connectionLimits: { messagesPerSecond: 20 } });
    using socket = await rawSocket(server.wsUrl);
    for (let n = 0; n < 5_000; n++) socket.send({ type: 'ping' });
    expect((await socket.closed).code).toBe(1008);
  });

  test('all subscriptions of an application that connects are no flood', async () => {
    await using server = await startServer();
    using socket = await connected(server.wsUrl, await tokenOf('ann'));
    for (let n = 0; n < 100; n++)
      socket.send({ id: `s${n}`, type: 'subscribe', payload: { query: 'subscription { direct }' } });
    for (let n = 0; n < 100; n++) await socket.message(({ id }) => id === `s${n}`);
    expect(socket.socket.readyState).toBe(socket.socket.OPEN);
  });

  test('a message in more pieces than it needs is refused', async () => {
    await using server = await startServer();
    using socket = await connected(server.wsUrl);
    const text = JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(1_000) } });
    for (let at = 0; at < text.length; at++) socket.socket.send(text.charAt(at), { fin: at === text.length - 1 });
    expect((await socket.closed).code).toBe(1008);
  });
});

/** Several turns of the check that runs every ten milliseconds. */
async function roundTrip({ send, message }: RawSocket, n: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  send({ type: 'ping', payload: { n } });
  await message(({ type, payload }) => type === 'pong' && (payload as { n?: number } | undefined)?.n === n);
}
