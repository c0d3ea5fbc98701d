import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createClient } from 'graphql-ws';
import { createClient as createSseClient } from 'graphql-sse';
import { WebSocket } from 'ws';
import { IdentityUnavailableError } from '../../../src/server/identity/identity.js';
import type { TestServer } from './fixture.js';
import { connected, rawSocket, startServer, tokenOf, tokenWith, until } from './fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ connectionInitMs: 200, connectionLimits: { operationsPerSocket: 3 } });
});
afterAll(() => server.stop());
afterEach(() => {
  // oxlint-disable-next-line jest/no-standalone-expect
  expect(server.log.filter(({ level }) => level === 50)).toEqual([]);
});

const connections = async (): Promise<number> => (await server.metrics.connections.get()).values[0]?.value ?? 0;

describe('connecting', () => {
  test('a good token identifies the user', async () => {
    using socket = await connected(server.wsUrl, await tokenOf('ann'));
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer }' } });
    expect(await socket.message(({ type }) => type === 'next')).toEqual({
      id: '1',
      type: 'next',
      payload: { data: { viewer: 'ann' } },
    });
    expect(await socket.message(({ type }) => type === 'complete')).toEqual({ id: '1', type: 'complete' });
  });

  test('without a token the connection has no viewer', async () => {
    using socket = await connected(server.wsUrl);
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer }' } });
    expect(await socket.message(({ type }) => type === 'next')).toMatchObject({ payload: { data: { viewer: null } } });
  });

  test.each([
    ['forged', () => tokenWith('1h', randomBytes(32)), "Forbidden: the token's signature is not valid"],
    ['expired', () => tokenWith(Math.floor(Date.now() / 1000) - 60), 'Forbidden: the token has expired'],
    ['malformed', () => Promise.resolve('x'), 'Forbidden: the token is malformed'],
  ])('a token that is %s closes the socket with 4403 and the reason', async (_what, token, reason) => {
    using socket = await connected(server.wsUrl, await token());
    expect(await socket.closed).toEqual({ code: 4403, reason });
    expect(socket.messages).toEqual([]);
  });

  test('an authorization that is no text is refused, not ignored', async () => {
    using socket = await rawSocket(server.wsUrl);
    socket.send({ type: 'connection_init', payload: { authorization: { Bearer: 'x' } } });
    expect((await socket.closed).code).toBe(4403);
  });

  test('keys out of reach close with a code that makes clients try again', async () => {
    await using away = await startServer({
      verifier: { verify: () => Promise.reject(new IdentityUnavailableError('the keys are away')) },
    });
    using socket = await connected(away.wsUrl, 'x');
    expect(await socket.closed).toEqual({ code: 1013, reason: 'the keys are away' });
  });

  test('the token expires while connected: 4403, and the subscription is over', async () => {
    const expiresAt = Math.floor(Date.now() / 1000) + 2;
    using socket = await connected(server.wsUrl, await tokenWith(expiresAt));
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { direct }' } });
    await socket.message(({ type }) => type === 'next');
    expect(await socket.closed).toEqual({ code: 4403, reason: 'Token expired' });
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt * 1000 - 5);
    await until(() => server.seen.requests.at(-1)!.signal.aborted);
  });

  test('each operation of a verified identity is admitted, and refused by code', async () => {
    const { GraphQLError } = await import('graphql');
    const admit = () =>
      Promise.reject(new GraphQLError('the handle belongs to another user', { extensions: { code: 'FORBIDDEN' } }));
    await using strict = await startServer({ admit });
    using socket = await connected(strict.wsUrl, await tokenOf('ann'));
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ viewer }' } });
    expect(await socket.message(({ type }) => type === 'error')).toMatchObject({
      payload: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    expect(
      (await strict.post({ query: '{ viewer }' }, { authorization: `Bearer ${await tokenOf('ann')}` })).status,
    ).toBe(403);
  });
});

describe('clients that break the protocol', () => {
  test.each([
    ['binary junk', Buffer.from([0, 1, 2, 255]), 4400],
    ['text that is not JSON', 'hello', 4400],
    ['JSON that is no message', '{"type":"dance"}', 4400],
    ['an operation before the acknowledgement', { id: '1', type: 'subscribe', payload: { query: '{ viewer }' } }, 4401],
    ['a message beyond the limit', JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(300 * 1024) } }), 1009],
  ])('%s', async (_what, message, code) => {
    using socket = await rawSocket(server.wsUrl);
    socket.send(message);
    expect((await socket.closed).code).toBe(code);
  });

  test('no connection_init in time', async () => {
    using socket = await rawSocket(server.wsUrl);
    expect((await socket.closed).code).toBe(4408);
  });

  test('connection_init twice', async () => {
    using socket = await connected(server.wsUrl);
    socket.send({ type: 'connection_init' });
    expect((await socket.closed).code).toBe(4429);
  });

  test('an id that is in use', async () => {
    using socket = await connected(server.wsUrl);
    const subscribe = { id: '1', type: 'subscribe', payload: { query: 'subscription { direct }' } };
    socket.send(subscribe);
    await socket.message(({ type }) => type === 'next');
    socket.send(subscribe);
    expect((await socket.closed).code).toBe(4409);
    await until(() => server.seen.requests.at(-1)!.signal.aborted);
  });

  test('an unknown subprotocol', async () => {
    using socket = await rawSocket(server.wsUrl, 'graphql-ws');
    expect((await socket.closed).code).toBeGreaterThan(1000);
  });

  test('another path', async () => {
    using socket = await rawSocket(`${server.wsUrl}/elsewhere`);
    expect((await socket.closed).code).toBe(1006);
  });

  test('more operations than a socket may have', async () => {
    using socket = await connected(server.wsUrl);
    for (const id of ['1', '2', '3', '4'])
      socket.send({ id, type: 'subscribe', payload: { query: 'subscription { direct }' } });
    const refused = await socket.message(({ type }) => type === 'error');
    expect(refused).toMatchObject({
      id: '4',
      payload: [{ extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs: 1_000 } }],
    });
    socket.send({ id: '1', type: 'complete' });
    socket.send({ id: '5', type: 'subscribe', payload: { query: '{ viewer }' } });
    await socket.message(({ id, type }) => id === '5' && type === 'next');
  });
});

describe('operations', () => {
  test('a client that completes a subscription ends it at once', async () => {
    using socket = await connected(server.wsUrl);
    socket.send({ id: 'a', type: 'subscribe', payload: { query: 'subscription { direct }' } });
    await socket.message(({ type }) => type === 'next');
    const request = server.seen.requests.at(-1)!;
    socket.send({ id: 'a', type: 'complete' });
    await until(() => request.signal.aborted);
    // A later result is not written: the id may be another operation's by then.
    const written = socket.messages.length;
    request.sink!.next('{"data":{"direct":99}}');
    socket.send({ id: 'b', type: 'subscribe', payload: { query: '{ viewer }' } });
    await socket.message(({ id, type }) => id === 'b' && type === 'complete');
    expect(socket.messages.slice(written).map(({ id }) => id)).toEqual(['b', 'b']);
  });

  test('a connection that breaks ends what ran on it', async () => {
    const before = await connections();
    const socket = await connected(server.wsUrl);
    socket.send({ id: 'a', type: 'subscribe', payload: { query: 'subscription { direct }' } });
    await socket.message(({ type }) => type === 'next');
    socket.socket.terminate();
    await until(() => server.seen.requests.at(-1)!.signal.aborted);
    await until(async () => (await connections()) <= before);
  });

  test('a subscription that fails ends with its code', async () => {
    using socket = await connected(server.wsUrl);
    socket.send({ id: 'a', type: 'subscribe', payload: { query: 'subscription { fails }' } });
    expect(await socket.message(({ type }) => type === 'error')).toEqual({
      id: 'a',
      type: 'error',
      payload: [{ message: 'You are too slow.', extensions: { code: 'SUBSCRIPTION_LAGGED', position: 'p7' } }],
    });
  });

  test('the trace of an operation comes from its extensions', async () => {
    using socket = await connected(server.wsUrl);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    socket.send({
      id: 'a',
      type: 'subscribe',
      payload: { query: '{ viewer }', extensions: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } },
    });
    await socket.message(({ type }) => type === 'complete');
    expect(server.seen.requests.at(-1)?.traceId).toBe(traceId);
  });

  test('a client that answers no ping is cut off', async () => {
    await using strict = await startServer({ keepAliveMs: 20 });
    const quiet = new WebSocket(strict.wsUrl, 'graphql-transport-ws', { autoPong: false });
    const code = await new Promise((resolve) => quiet.once('close', resolve));
    expect(code).toBe(1006);
  });
});

describe('results that go to the sink, past the iterator', () => {
  const client = (webSocketImpl: unknown = WebSocket) =>
    createClient({
      url: server.wsUrl,
      webSocketImpl,
      connectionParams: async () => ({ authorization: `Bearer ${await tokenOf('ann')}` }),
    });

  test('the client of graphql-ws takes them for its own', async () => {
    const ws = client();
    const got: unknown[] = [];
    for await (const result of ws.iterate({
      query: 'subscription ($upTo: Int) { direct(upTo: $upTo) }',
      variables: { upTo: 3 },
    }))
      got.push(result);
    expect(got).toEqual([1, 2, 3].map((direct) => ({ data: { direct } })));
    for await (const result of ws.iterate({ query: 'subscription { pulled }' })) got.push(result);
    expect(got.slice(3)).toEqual([1, 2, 3].map((pulled) => ({ data: { pulled } })));
    await ws.dispose();
  });

  test('the client of graphql-sse accepts them, also those from before the headers', async () => {
    const sse = createSseClient({ url: `${server.url}/graphql/stream`, singleConnection: false });
    const got: unknown[] = [];
    for await (const result of sse.iterate({
      query: 'subscription ($upTo: Int) { direct(upTo: $upTo) }',
      variables: { upTo: 3 },
    }))
      got.push(result);
    expect(got).toEqual([1, 2, 3].map((direct) => ({ data: { direct } })));
    for await (const result of sse.iterate({ query: 'subscription { fails }' })) got.push(result);
    expect(got.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'SUBSCRIPTION_LAGGED', position: 'p7' } }] });
    sse.dispose();
  });

  test('an SSE client that goes away ends its subscription', async () => {
    const controller = new AbortController();
    const body = JSON.stringify({ query: 'subscription { direct }' });
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const response = await fetch(`${server.url}/graphql/stream`, {
      method: 'POST',
      headers,
      body,
      signal: controller.signal,
    });
    const reader = response.body!.getReader();
    await reader.read();
    const request = server.seen.requests.at(-1)!;
    controller.abort();
    await until(() => request.signal.aborted);
  });

  test.each(['websocket', 'sse'])(
    'a waiting subscription over %s is ended when the client goes away',
    async (transport) => {
      const before = server.seen.ended();
      const requests = server.seen.requests.length;
      const query = 'subscription { waiting }';
      if (transport === 'websocket') {
        using socket = await connected(server.wsUrl);
        socket.send({ id: '1', type: 'subscribe', payload: { query } });
        await until(() => server.seen.requests.length > requests);
        socket.send({ id: '1', type: 'complete' });
        await until(() => server.seen.ended() > before);
      } else {
        const controller = new AbortController();
        const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
        await fetch(`${server.url}/graphql/stream`, {
          method: 'POST',
          headers,
          body: JSON.stringify({ query }),
          signal: controller.signal,
        });
        controller.abort();
        await until(() => server.seen.ended() > before);
      }
    },
  );

  test('an SSE stream ends when the token expires, with the error', async () => {
    const body = JSON.stringify({ query: 'subscription { direct }' });
    const authorization = `Bearer ${await tokenWith(Math.floor(Date.now() / 1000) + 2)}`;
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream', authorization };
    const text = await (await fetch(`${server.url}/graphql/stream`, { method: 'POST', headers, body })).text();
    expect(text).toContain('"code":"UNAUTHENTICATED"');
    expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });

  test.each(['websocket', 'sse'] as const)(
    'a reader over %s that stops reading shows in the backlog, until it reads on',
    async (transport) => {
      const slow = transport === 'websocket' ? await slowWebSocket() : await slowStream();
      await until(() => server.seen.requests.at(-1)?.sink?.transport === transport);
      const { sink } = server.seen.requests.at(-1)!;
      const result = JSON.stringify({ data: { text: 'x'.repeat(64 * 1024) } });
      const limit = 1 << 20;
      let written = 0;
      let flushed = 0;
      // Like a fan-out, which stops at the bound: the backlog cannot outgrow the bound and one result.
      for (; sink!.backlog() <= limit && written < 10_000; written++) {
        sink!.next(result, () => flushed++);
        if (written % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(sink!.backlog()).toBeGreaterThan(limit);
      expect(sink!.backlog()).toBeLessThan(limit + result.length + 200);
      expect(flushed).toBeLessThan(written);
      slow.resume();
      await until(() => sink!.backlog() === 0 && flushed === written, 20_000);
      slow.end();
    },
  );

  async function slowWebSocket() {
    const socket = await connected(server.wsUrl, await tokenOf('slow'));
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { direct }' } });
    await socket.message(({ type }) => type === 'next');
    socket.socket.removeAllListeners('message');
    socket.socket.pause();
    return { resume: () => socket.socket.resume(), end: () => socket.socket.terminate() };
  }

  async function slowStream() {
    const sent = httpRequest(`${server.url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    sent.end(JSON.stringify({ query: 'subscription { direct }' }));
    const response = await new Promise<IncomingMessage>((resolve) => sent.once('response', resolve));
    response.on('error', () => undefined);
    return { resume: () => void response.resume(), end: () => void response.destroy() };
  }
});
