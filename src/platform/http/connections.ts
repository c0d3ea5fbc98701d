import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.js';

export interface UnreadOptions {
  /** How long a client may take nothing of what was written to it. */
  readonly unreadMs: number;
  readonly metrics: Pick<Metrics, 'connectionsEnded'>;
}

interface Unread {
  since: number;
  /** Bytes that the network had taken when it was looked at. */
  taken: number;
}

/** In a part of the time that a client has. */
const LOOKS = 4;

/**
 * Ends connections whose client does not read, of HTTP, SSE and WebSocket alike: looks a few times in `unreadMs` at what waits to be written.
 * A client that takes at least one whole write in that time stays, so an answer has to be read within it. @returns what ends the looking
 */
export function endUnread(server: Server, { unreadMs, metrics }: UnreadOptions): () => void {
  const waiting = new Map<Socket, Unread | null>();
  server.on('connection', (socket: Socket) => {
    waiting.set(socket, null);
    socket.once('close', () => waiting.delete(socket));
  });

  const look = (): void => {
    const now = performance.now();
    for (const [socket, before] of waiting) {
      const unwritten = socket.writableLength;
      if (unwritten === 0) {
        if (before) waiting.set(socket, null);
        continue;
      }
      const taken = socket.bytesWritten - unwritten;
      if (!before || taken > before.taken) waiting.set(socket, { since: now, taken });
      else if (now - before.since >= unreadMs) {
        metrics.connectionsEnded.inc({ reason: 'unread' });
        socket.destroy();
      }
    }
  };
  const timer = setInterval(look, unreadMs / LOOKS).unref();
  return () => clearInterval(timer);
}

interface Line {
  readonly begins: (() => void)[];
  isFull: boolean;
}

/** Requests that wait on one connection behind the one that is answered. */
const MAX_WAITING = 16;

const TOO_MANY = JSON.stringify({
  errors: [
    {
      message: `At most ${MAX_WAITING} requests may wait on one connection: wait for answers, or open another.`,
      extensions: { code: 'TOO_MANY_REQUESTS', retryAfterMs: 1_000 },
    },
  ],
});

/**
 * Requests that come on one connection before the one ahead of them is answered wait for it, so that one connection has one answer in memory.
 * Beyond a few the connection is told so, behind the other answers, and closed.
 */
export function inTurn(handle: RequestListener, metrics: Pick<Metrics, 'connectionsEnded'>): RequestListener {
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
      lines.set(socket, { begins: [], isFull: false });
      begin();
    } else if (line.begins.length < MAX_WAITING) {
      line.begins.push(begin);
    } else if (!line.isFull) {
      line.isFull = true;
      metrics.connectionsEnded.inc({ reason: 'pipelined' });
      response.writeHead(429, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(TOO_MANY), connection: 'close' }).end(TOO_MANY);
    }
  };
}
