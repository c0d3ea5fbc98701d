import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Deployment } from '../support/deployment.js';
import { openDeployment } from '../support/deployment.js';
import type { MadangProcess } from '../support/madang.js';
import { connected, rawSocket, results, stream } from '../integration/http/fixture.js';
import type { WireUser } from '../support/wire.js';
import { answerOf, codeOf, commanded, expectServed, expectUnharmed, signInOnWire } from '../support/wire.js';
import { NOT_UTF8 } from '../support/not-utf8.js';

// Input over a WebSocket and over server-sent events before any of it is executed.

let deployment: Deployment;
let madang: MadangProcess;
let mina: WireUser;
let roomId: string;
let wsUrl: string;

beforeAll(async () => {
  deployment = await openDeployment('embedded');
  madang = await deployment.start({ SEND_LIMIT_PER_SECOND: '0' });
  mina = await signInOnWire(madang.url, 'mina');
  roomId = (await commanded(mina, 'createRoom', { title: '마당' })).room!.id;
  wsUrl = `${madang.url.replace('http', 'ws')}/graphql`;
});
afterAll(async () => {
  await madang?.stop();
  await deployment?.[Symbol.asyncDispose]();
});
afterEach(() => expectServed(mina, roomId));

describe('frames of a WebSocket', () => {
  const subscribe = (id: string) => ({
    id,
    type: 'subscribe',
    payload: { query: `subscription { roomEvents(roomId: "${roomId}") { position } }` },
  });
  const init = { type: 'connection_init' };

  test.each([
    ['binary junk', [randomBytes(64)], 4400],
    ['a frame of 1 MB', [JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(1 << 20) } })], 1009],
    ['text that is not JSON', ['hello'], 4400],
    ['JSON that is no object', ['[1]'], 4400],
    ['null', ['null'], 4400],
    ['an unknown type', [{ type: 'dance' }], 4400],
    ['no type', [{ id: '1' }], 4400],
    ['an id that is no text', [init, { ...subscribe('1'), id: 1 }], 4400],
    ['an empty id', [init, subscribe('')], 4400],
    ['a subscription before connection_init', [subscribe('1')], 4401],
    ['connection_init twice', [init, init], 4429],
    ['a token that is an object', [{ ...init, payload: { authorization: { a: 1 } } }], 4403],
    ['a payload that is a text', [{ ...init, payload: 'Bearer x' }], 4400],
  ])('%s close the socket with the code for it', async (_what, messages, code) => {
    using socket = await rawSocket(wsUrl);
    for (const message of messages) socket.send(message);
    const closed = await socket.closed;
    expect(closed.code).toBe(code);
    if (code !== 1009) expect(closed.reason).toMatch(/\S{4}/);
  });

  test.each(NOT_UTF8)('text that is not UTF-8 (%s) closes the socket with 1007', async (_what, bytes) => {
    const socket = new WebSocket(wsUrl, 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await once(socket, 'open');
    socket.send(Buffer.concat([Buffer.from('{"type":"ping","payload":{"x":"'), bytes, Buffer.from('"}}')]), {
      binary: false,
    });
    expect(await closed).toBe(1007);
  });

  test('the same id twice closes the socket; an id is free again after complete', async () => {
    using socket = await connected(wsUrl, mina.token);
    const brief = { id: 'a', type: 'subscribe', payload: { query: '{ me { id } }' } };
    socket.send(brief);
    await socket.message(({ type }) => type === 'complete');
    socket.send(brief);
    await socket.message(() => socket.messages.filter(({ type }) => type === 'complete').length === 2);
    socket.send(subscribe('a'));
    socket.send(subscribe('a'));
    expect((await socket.closed).code).toBe(4409);
  });

  test('meaningless messages have no effect: unknown ids, stray pings and pongs', async () => {
    using socket = await connected(wsUrl, mina.token);
    for (const message of [{ id: 'never', type: 'complete' }, { type: 'ping' }, { type: 'pong', payload: {} }])
      socket.send(message);
    await socket.message(({ type }) => type === 'pong');
    expect(socket.socket.readyState).toBe(1);
  });

  test.each([
    { type: 'connection_ack' },
    { id: '1', type: 'next', payload: { data: {} } },
    { id: '1', type: 'error', payload: [{ message: 'x' }] },
  ])('a message that only servers send, $type, closes the socket', async (message) => {
    using socket = await connected(wsUrl, mina.token);
    socket.send(message);
    expect((await socket.closed).code).toBe(4400);
  });

  test('a socket without connection_init is closed with 4408 after 3 seconds', async () => {
    const opened = Date.now();
    using socket = await rawSocket(wsUrl);
    expect((await socket.closed).code).toBe(4408);
    expect(Date.now() - opened).toBeGreaterThan(2_500);
    expect(Date.now() - opened).toBeLessThan(8_000);
  });

  test('sockets that break off at any moment leave nothing behind', async () => {
    const open = async (): Promise<number> =>
      Number(/^madang_websocket_connections (\d+)/m.exec(await (await fetch(`${madang.url}/metrics`)).text())![1]);
    for (const messages of [[], [init], [init, subscribe('1')]]) {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => rawSocket(wsUrl)));
      for (const socket of sockets) {
        for (const message of messages)
          socket.send(message === init ? { ...init, payload: { authorization: `Bearer ${mina.token}` } } : message);
        socket.socket.terminate();
      }
    }
    for (let left = await open(); left > 0; left = await open());
  });
});

describe('GraphQL over SSE', () => {
  const query = '{ me { id } }';
  const send = async (init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }) =>
    answerOf(
      await fetch(`${madang.url}/graphql/stream`, {
        method: 'POST',
        body: JSON.stringify({ query }),
        ...init,
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${mina.token}`,
          ...init.headers,
        },
      }),
    );

  test.each(['PUT', 'DELETE', 'PATCH'])('%s is refused', async (method) => {
    const answer = await send({ method });
    expect([answer.status, codeOf(answer), answer.headers.get('allow')]).toEqual([405, 'BAD_USER_INPUT', 'POST']);
  });

  test.each([
    ['another accept', { headers: { accept: 'application/json' } }, 406, 'BAD_USER_INPUT'],
    ['another content type', { headers: { 'content-type': 'text/plain' } }, 415, 'BAD_USER_INPUT'],
    ['malformed JSON', { body: '{' }, 400, 'BAD_USER_INPUT'],
    ['a batch', { body: '[]' }, 400, 'BAD_USER_INPUT'],
    ['no document', { body: '{}' }, 400, 'BAD_USER_INPUT'],
    ['variables that are a list', { body: JSON.stringify({ query, variables: [] }) }, 400, 'BAD_USER_INPUT'],
    ['a bad token', { headers: { authorization: 'Bearer x' } }, 401, 'UNAUTHENTICATED'],
    ['another scheme', { headers: { authorization: 'Basic YTpi' } }, 401, 'UNAUTHENTICATED'],
    ['300 KB', { body: JSON.stringify({ query: `${query} # ${'x'.repeat(300 * 1024)}` }) }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('%s is refused', async (_what, init, status, code) => {
    const answer = await send(init);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  test('a room of others is FORBIDDEN, and the stream ends', async () => {
    const stranger = await signInOnWire(madang.url, 'stranger');
    const { status, text } = await stream(
      madang.url,
      { query: `subscription { roomEvents(roomId: "${roomId}") { position } }` },
      { authorization: `Bearer ${stranger.token}` },
    );
    expect(status).toBe(200);
    expect(results(text).map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['FORBIDDEN']);
    expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });
});

test('the process is unharmed', () => expectUnharmed(madang));
