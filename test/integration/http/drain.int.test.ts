import { Agent, request } from 'node:http';
import { connected, startServer, until } from './fixture.js';

const subscribe = { id: '1', type: 'subscribe', payload: { query: 'subscription { direct }' } };
const subscribed = async (url: string) => {
  const socket = await connected(url);
  socket.send(subscribe);
  await socket.message(({ type }) => type === 'next');
  return socket;
};

test('a server that drains serves on, is not ready, and keeps no connection over HTTP', async () => {
  await using server = await startServer({ drainDelayMs: 30_000 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (path: string): Promise<{ status: number; connection: string | undefined }> =>
    new Promise((resolve, reject) => {
      request(`${server.url}${path}`, { agent }, (response) => {
        response
          .resume()
          .once('end', () => resolve({ status: response.statusCode!, connection: response.headers.connection }));
      })
        .once('error', reject)
        .end();
    });
  expect(await get('/readyz')).toEqual({ status: 200, connection: 'keep-alive' });
  void server.drain();
  expect(await get('/readyz')).toEqual({ status: 503, connection: 'close' });
  expect((await server.post({ query: '{ viewer }' })).body).toEqual({ data: { viewer: null } });
  using socket = await subscribed(server.wsUrl);
  expect(socket.socket.readyState).toBe(socket.socket.OPEN);
  agent.destroy();
});

test('sockets and streams are ended one after the other, over the whole time', async () => {
  await using server = await startServer({ drainMs: 600 });
  const sockets = await Promise.all(Array.from({ length: 5 }, () => subscribed(server.wsUrl)));
  const response = await fetch(`${server.url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(subscribe.payload),
  });
  const text = response.text();
  await until(() => server.seen.requests.length === 6);
  const began = performance.now();
  const ends = sockets.map(async ({ closed }) => {
    expect(await closed).toEqual({ code: 1001, reason: 'Server is stopping' });
    return performance.now() - began;
  });
  await server.drain();
  const [first, ...rest] = await Promise.all(ends);
  // At 0, 100, 200 … ms; a busy machine makes them later.
  for (const [index, at] of rest.entries()) expect(at).toBeGreaterThan(100 * (index + 1) - 50);
  expect(first).toBeLessThan(rest.at(-1)!);
  expect(await text).not.toContain('event: complete');
});

test('a socket on which a query runs is closed after its answer, and takes no new one', async () => {
  await using server = await startServer();
  using socket = await connected(server.wsUrl);
  socket.send({ id: '1', type: 'subscribe', payload: { query: '{ slow }' } });
  await until(() => server.seen.requests.length === 1);
  await server.drain();
  socket.send({ id: '2', type: 'subscribe', payload: { query: '{ viewer }' } });
  expect(await socket.message(({ id }) => id === '2')).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'UNAVAILABLE' } }],
  });
  server.seen.release();
  expect((await socket.closed).code).toBe(1001);
  expect(socket.messages.filter(({ id }) => id === '1').map(({ type }) => type)).toEqual(['next', 'complete']);
});
