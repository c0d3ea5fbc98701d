import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerMetrics } from '../metrics.js';

interface Line {
  readonly begins: (() => void)[];
  /** Requests beyond the maximum of waiting ones. */
  tooMany: number;
}

/** Requests that wait on one connection behind the one being answered. */
const MAX_WAITING = 16;
/**
 * Node keeps each request of a connection until all before it are answered, and reads on. A client that sends this many
 * more reads no refusal, and the answer before them may last as long as the client wants.
 */
const MAX_REFUSED = 1_000;

const TOO_MANY = JSON.stringify({
  errors: [
    {
      message: `At most ${MAX_WAITING} requests may wait on one connection: wait for answers, or open another.`,
      extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs: 1_000 },
    },
  ],
});

/**
 * A request that comes before the previous one of its connection is answered waits, so that a connection has one answer
 * in memory. Beyond a few waiting ones the connection gets a refusal after the other answers, and is closed; beyond
 * many it is closed at once.
 */
export function inTurn(handle: RequestListener, metrics: Pick<ServerMetrics, 'connectionsEnded'>): RequestListener {
  const lines = new WeakMap<Socket, Line>();

  return (request, response) => {
    const { socket } = request;
    const begin = (): void => {
      response.once('close', next);
      handle(request, response);
    };
    const next = (): void => {
      const line = lines.get(socket);
      const following = line?.begins.shift();
      if (following && !socket.destroyed) following();
      else lines.delete(socket);
    };

    const line = lines.get(socket);
    if (!line) {
      lines.set(socket, { begins: [], tooMany: 0 });
      begin();
    } else if (line.begins.length < MAX_WAITING) {
      line.begins.push(begin);
    } else if (++line.tooMany > MAX_REFUSED) {
      socket.destroy();
    } else if (line.tooMany === 1) {
      metrics.connectionsEnded.inc({ reason: 'pipelined' });
      response
        .writeHead(429, {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(TOO_MANY),
          connection: 'close',
        })
        .end(TOO_MANY);
    }
  };
}
