import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connected, rawSocket, startServer, until } from './fixture.js';

const subscribe = { id: '1', type: 'subscribe', payload: { query: 'subscription { direct }' } };

/** The handles that keep the process alive: sockets, servers, and the timers that are not unref'd. */
const handles = (): string[] => process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout|Server/.test(kind));

test('stopping closes WebSockets with 1001, ends streams, at once where all is idle', async () => {
  const server = await startServer({ graceMs: 30_000 });
  const socket = await connected(server.wsUrl);
  socket.send(subscribe);
  await socket.message(({ type }) => type === 'next');
  const request = server.seen.requests.at(-1)!;
  const response = await fetch(`${server.url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(subscribe.payload),
  });
  const text = response.text();
  await until(() => server.seen.requests.length === 2);

  await server.stop();

  expect(await socket.closed).toEqual({ code: 1001, reason: 'Server is stopping' });
  expect(request.signal.aborted).toBe(true);
  expect(await text).not.toContain('event: complete');
  expect((await server.metrics.connections.get()).values[0]?.value).toBe(0);
  await expect(fetch(server.url)).rejects.toThrow();
});

test('a request that runs gets its answer, new ones do not', async () => {
  const server = await startServer();
  const running = server.post({ query: '{ slow }' });
  const socket = await connected(server.wsUrl);
  socket.send({ id: '1', type: 'subscribe', payload: { query: '{ slow }' } });
  await until(() => server.seen.requests.length === 2);

  const stopped = server.stop();
  socket.send({ id: '2', type: 'subscribe', payload: { query: '{ viewer }' } });
  expect(await socket.message(({ id }) => id === '2')).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'UNAVAILABLE' } }],
  });
  expect((await rawSocket(server.wsUrl)).socket.readyState).toBe(3);
  server.seen.release();

  expect((await running).body).toEqual({ data: { slow: 'done' } });
  await stopped;
  expect(socket.messages.filter(({ id }) => id === '1').map(({ type }) => type)).toEqual(['next', 'complete']);
  expect((await socket.closed).code).toBe(1001);
});

test('a request beyond the grace time is broken off', async () => {
  const server = await startServer({ graceMs: 50 });
  const running = server.post({ query: '{ slow }' });
  const socket = await connected(server.wsUrl);
  socket.send({ id: '1', type: 'subscribe', payload: { query: '{ slow }' } });
  await until(() => server.seen.requests.length === 2);
  await Promise.all([server.stop(), expect(running).rejects.toThrow()]);
  expect((await socket.closed).code).toBe(1001);
});

test('a client that answers no close is cut off', async () => {
  const server = await startServer({ graceMs: 50 });
  const socket = await connected(server.wsUrl);
  socket.socket.pause();
  await server.stop();
  socket.socket.resume();
  await socket.closed;
});

test('stop is idempotent and leaves nothing behind', async () => {
  const before = handles();
  const server = await startServer();
  using socket = await connected(server.wsUrl);
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  await socket.closed;
  await until(() => handles().length <= before.length);
});

test('a taken port is reported', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(startServer({ port })).rejects.toThrow('EADDRINUSE');
  await new Promise((resolve) => other.close(resolve));
});
