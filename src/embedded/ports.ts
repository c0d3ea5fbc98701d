import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range that systems hand to outgoing connections, which would now and then hold a port that we remember. */
const lowest = 15_000;
const highest = 30_000;

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A loopback port that nobody listens on now. Somebody may the next moment: the caller has to stand that. */
export async function chooseFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`found no free port between ${lowest} and ${highest} on 127.0.0.1`);
}
