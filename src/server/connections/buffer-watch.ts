import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerMetrics } from '../metrics.js';
import { MAX_BODY_BYTES } from '../options.js';

export interface BufferOptions {
  /** How long a client may take nothing of what was written to it. */
  readonly unreadMs: number;
  /** What was read of a message on a WebSocket that has not come to its end. */
  readonly unfinishedMessage: (socket: Socket) => number;
  /**
   * What waits on all connections together, and what was read of unfinished requests and messages. Above it those with
   * most are ended first.
   */
  readonly unreadBytes?: number;
  readonly unfinishedBytes?: number;
  readonly metrics: Pick<ServerMetrics, 'connectionsEnded'>;
}

const MAX_UNREAD_BYTES = 256 << 20;
const MAX_UNFINISHED_BYTES = 256 << 20;
const MAX_TICK_MS = 2_000;

interface Watched {
  taken: number;
  queued: number;
  since: number;
  /** How much had been read when no request was unfinished. */
  read: number;
}

/**
 * Ends connections whose clients take nothing of what waits for them, of HTTP, SSE and WebSocket alike, and whatever
 * they send meanwhile. And bounds what all clients together have the process keep of what they began to send.
 * @returns what ends the watch
 */
export function watchBuffers(server: Server, options: BufferOptions): () => void {
  const {
    unreadMs,
    unfinishedMessage,
    unreadBytes = MAX_UNREAD_BYTES,
    unfinishedBytes = MAX_UNFINISHED_BYTES,
    metrics,
  } = options;
  const watched = new Map<Socket, Watched>();
  server.on('connection', (socket: Socket) => {
    watched.set(socket, { taken: 0, queued: 0, since: performance.now(), read: 0 });
    socket.once('close', () => watched.delete(socket));
  });

  const cut = (socket: Socket, reason: 'unread' | 'unfinished'): void => {
    metrics.connectionsEnded.inc({ reason });
    socket.destroy();
  };

  const unfinished = (socket: Socket, last: Watched): number => {
    if (!hasUnfinishedRequest(socket)) {
      last.read = socket.bytesRead;
      return unfinishedMessage(socket);
    }
    // What came of earlier requests since the last tick is counted along with it.
    return Math.min(socket.bytesRead - last.read, MAX_BODY_BYTES);
  };

  /** Ends those with most until the rest is within the bound. */
  const cutLargest = (bytesOf: ReadonlyMap<Socket, number>, bound: number, reason: 'unread' | 'unfinished'): void => {
    let left = 0;
    for (const bytes of bytesOf.values()) left += bytes;
    if (left <= bound) return;
    for (const [socket, bytes] of [...bytesOf].toSorted(([, a], [, b]) => b - a)) {
      if (left <= bound) return;
      cut(socket, reason);
      left -= bytes;
    }
  };

  const tick = (): void => {
    const now = performance.now();
    const waiting = new Map<Socket, number>();
    const begun = new Map<Socket, number>();
    for (const [socket, last] of watched) {
      const { writableLength } = socket;
      if (writableLength > 0) waiting.set(socket, writableLength);
      const bytes = unfinished(socket, last);
      if (bytes > 0) begun.set(socket, bytes);
      // Whole writes that the network has taken, and what is left of the one that it is taking now: both stand still
      // where nobody reads.
      const taken = socket.bytesWritten - writableLength;
      const queued = queuedBytes(socket);
      if (writableLength === 0 || taken !== last.taken || queued !== last.queued)
        Object.assign(last, { taken, queued, since: now });
      else if (now - last.since >= unreadMs) cut(socket, 'unread');
    }
    cutLargest(waiting, unreadBytes, 'unread');
    cutLargest(begun, unfinishedBytes, 'unfinished');
  };

  const timer = setInterval(tick, Math.min(MAX_TICK_MS, Math.max(1, unreadMs / 4))).unref();
  return () => clearInterval(timer);
}

/** node:net looks at the same figure for its own timeouts, which what the client sends would put off. */
function queuedBytes(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}

/**
 * Whether the headers of a request have come, and not all of its body. A WebSocket has no parser of requests any more.
 */
function hasUnfinishedRequest(socket: Socket): boolean {
  const { parser } = socket as unknown as {
    readonly parser?: { readonly incoming?: { readonly complete: boolean } | null } | null;
  };
  return parser?.incoming?.complete === false;
}
