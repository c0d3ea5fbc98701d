import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range of ports for outgoing connections, which could occupy a remembered port. */
const lowest = 15_000;
const highest = 30_000;

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A free loopback port. Another process may take it at any moment, which the caller has to handle. */
export async function chooseFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`found no free port between ${lowest} and ${highest} on 127.0.0.1`);
}
