import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerMetrics } from '../metrics.js';
import { MAX_BODY_BYTES } from '../options.js';

export interface BufferOptions {
  /** Maximum time in which a client reads nothing of the waiting bytes. */
  readonly unreadMs: number;
  /** Bytes read of an unfinished message on a WebSocket. */
  readonly unfinishedMessage: (socket: Socket) => number;
  /**
   * Maximum unsent bytes on all connections together, and maximum read bytes of unfinished requests and messages. Above
   * it the largest ones are ended first.
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
  /** Bytes read at the last moment without an unfinished request. */
  read: number;
}

/**
 * Ends connections whose clients do not read their waiting bytes, of HTTP, SSE and WebSocket alike, even if they keep
 * sending. Also bounds the memory for unfinished requests of all clients together.
 * @returns stops the watch
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
    socket.on('close', () => watched.delete(socket));
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
    // Includes the bytes of earlier requests since the last tick.
    return Math.min(socket.bytesRead - last.read, MAX_BODY_BYTES);
  };

  /** Ends the largest ones until the rest is within the bound. */
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
      // Completed writes, and the rest of the current one: both stand still if the client does not read.
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

/** node:net uses the same figure for its own time-outs, which data from the client would reset. */
function queuedBytes(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}

/** Whether the headers of a request have come, and not all of its body. A WebSocket has no request parser any more. */
function hasUnfinishedRequest(socket: Socket): boolean {
  const { parser } = socket as unknown as {
    readonly parser?: { readonly incoming?: { readonly complete: boolean } | null } | null;
  };
  return parser?.incoming?.complete === false;
}
