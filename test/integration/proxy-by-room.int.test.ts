import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/conditions.js';
import { haproxy } from '../support/tls-site.js';

// The example of ops/proxy in a real HAProxy, before servers that answer with their number.

const ROOMS = Array.from({ length: 60 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);

async function openServer(number: number): Promise<Server> {
  const server = createServer((_request, response) => response.setHeader('connection', 'close').end(String(number)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

test('a room stays at one process, and moves to another only when that one is gone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'madang-proxy-'));
  const servers = await Promise.all([1, 2, 3].map(openServer));
  const text = await readFile('ops/proxy/haproxy-by-room.cfg', 'utf8');
  const config = servers.reduce(
    (changed, server, n) =>
      changed.replace(`10.0.0.${n + 1}:4000`, `127.0.0.1:${(server.address() as AddressInfo).port}`),
    text.replace('bind :8080', 'bind :443').replace('maxconn 200000', 'maxconn 2000'),
  );
  try {
    await using proxy = await haproxy(folder, config);
    const processOf = async (room: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${proxy.port}/graphql?room=${room}`)).text();
    const places = async (): Promise<readonly string[]> => {
      const found: string[] = [];
      // One at a time: the bound on the load counts open connections.
      for (const room of ROOMS) found.push(await processOf(room));
      return found;
    };
    await until(async () => new Set(await places()).size === 3, 'all three are found alive');
    const before = await places();
    expect(await places()).toEqual(before);

    servers[1]!.close();
    await until(async () => (await places()).every((place) => place === '1' || place === '3'), 'it is found gone');
    const after = await places();
    // Those of the others stayed where they were.
    expect(after.filter((_, n) => before[n] !== '2')).toEqual(before.filter((place) => place !== '2'));
  } finally {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
