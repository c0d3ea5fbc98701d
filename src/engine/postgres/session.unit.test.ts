import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { openClient, openPool } from './pool.js';

/** A message of protocol version 3. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const signedIn = message('R', Buffer.alloc(4));
const ready = message('Z', Buffer.from('I'));
const ended = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'),
);

/** A server that ends the session right after its start, as if killed at that moment. */
async function openDyingServer() {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([signedIn, ready, ended])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `postgres://madang:x@127.0.0.1:${(server.address() as AddressInfo).port}/madang?sslmode=disable`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test('a server that dies right after the sign-in fails the query, not the process', async () => {
  const server = await openDyingServer();
  try {
    const pool = openPool({ url: server.url, max: 1, name: 'test' });
    await expect(pool.query('SELECT 1')).rejects.toThrow();
    await pool.end();
    await expect(openClient(server.url, 'test').connect()).rejects.toThrow();
  } finally {
    await server.stop();
  }
});
