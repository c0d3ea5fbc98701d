import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { until } from '../support/conditions.js';
import { openLink } from './link.js';

/** An echo server, and a link to it. */
async function echoing() {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const link = await openLink((server.address() as { readonly port: number }).port);
  return {
    link,
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]();
      server.close();
    },
  };
}

async function dial(
  port: number,
): Promise<{ readonly socket: Socket; readonly heard: () => string; readonly closed: () => boolean }> {
  const socket = connect({ port, host: '127.0.0.1' });
  let [text, closed] = ['', false];
  socket
    .on('data', (chunk: Buffer) => (text += chunk.toString()))
    .on('error', () => undefined)
    .on('close', () => (closed = true));
  await once(socket, 'connect');
  return { socket, heard: () => text, closed: () => closed };
}

test('all data passes, both ways and unchanged', async () => {
  await using echo = await echoing();
  const { socket, heard } = await dial(echo.link.port);
  const much = 'madang '.repeat(200_000);
  socket.write(much);
  await until(() => heard().length === much.length, 'all of it is back');
  expect(heard()).toBe(much);
  socket.destroy();
});

test('nothing passes while it is stalled, and all of it afterwards', async () => {
  await using echo = await echoing();
  const old = await dial(echo.link.port);
  old.socket.write('1');
  await until(() => old.heard() === '1', 'the connection works');
  echo.link.stall(true);
  const fresh = await dial(echo.link.port);
  old.socket.write('2');
  fresh.socket.write('3');
  // Another link to the same server is fast: by the time of its answer, theirs would be there, too.
  await using other = await echoing();
  const quick = await dial(other.link.port);
  quick.socket.write('4');
  await until(() => quick.heard() === '4', 'the other link works');
  expect([old.heard(), fresh.heard()]).toEqual(['1', '']);
  echo.link.stall(false);
  await until(() => old.heard() === '12' && fresh.heard() === '3', 'what was held up arrives');
  for (const { socket } of [old, fresh, quick]) socket.destroy();
});

test('a cut ends open connections and takes new ones; a refusal rejects those too', async () => {
  await using echo = await echoing();
  const first = await dial(echo.link.port);
  first.socket.write('1');
  await until(() => first.heard() === '1', 'the connection works');
  echo.link.cut();
  await until(first.closed, 'the connection is cut');
  const second = await dial(echo.link.port);
  second.socket.write('2');
  await until(() => second.heard() === '2', 'a new one works');
  echo.link.refuse(true);
  await until(second.closed, 'the connection is cut');
  const third = await dial(echo.link.port).catch(() => null);
  third?.socket.write('3');
  if (third) await until(third.closed, 'a new one is turned away');
  expect(third?.heard() ?? '').toBe('');
  echo.link.refuse(false);
  const fourth = await dial(echo.link.port);
  fourth.socket.write('4');
  await until(() => fourth.heard() === '4', 'it is open again');
  fourth.socket.destroy();
});
