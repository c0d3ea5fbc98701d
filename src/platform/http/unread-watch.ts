import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.js';

export interface UnreadOptions {
  /** How long a client may take nothing of what was written to it. */
  readonly unreadMs: number;
  readonly metrics: Pick<Metrics, 'connectionsEnded'>;
}

/** What waits on all connections together. Above it those with most are ended first. */
const MAX_UNREAD_BYTES = 256 << 20;
const MAX_TICK_MS = 2_000;

interface Watched {
  taken: number;
  queued: number;
  since: number;
}

/**
 * Ends connections whose clients take nothing of what waits for them, of HTTP, SSE and WebSocket alike, and whatever they send meanwhile.
 * @returns what ends the watch
 */
export function endUnread(server: Server, { unreadMs, metrics }: UnreadOptions): () => void {
  const watched = new Map<Socket, Watched>();
  server.on('connection', (socket: Socket) => {
    watched.set(socket, { taken: 0, queued: 0, since: performance.now() });
    socket.once('close', () => watched.delete(socket));
  });

  const cut = (socket: Socket): void => {
    metrics.connectionsEnded.inc({ reason: 'unread' });
    socket.destroy();
  };

  const tick = (): void => {
    const now = performance.now();
    let waiting = 0;
    for (const [socket, last] of watched) {
      const { writableLength } = socket;
      waiting += writableLength;
      // Whole writes that the network has taken, and what is left of the one that it is taking now: both stand still where nobody reads.
      const taken = socket.bytesWritten - writableLength;
      const queued = queuedBytes(socket);
      if (writableLength === 0 || taken !== last.taken || queued !== last.queued) Object.assign(last, { taken, queued, since: now });
      else if (now - last.since >= unreadMs) cut(socket);
    }
    if (waiting > MAX_UNREAD_BYTES) cutLargest(waiting);
  };

  const cutLargest = (waiting: number): void => {
    let left = waiting;
    const largest = [...watched.keys()].map((socket) => ({ socket, bytes: socket.writableLength })).toSorted((a, b) => b.bytes - a.bytes);
    for (const { socket, bytes } of largest) {
      if (left <= MAX_UNREAD_BYTES) return;
      cut(socket);
      left -= bytes;
    }
  };

  const timer = setInterval(tick, Math.min(MAX_TICK_MS, Math.max(1, unreadMs / 4))).unref();
  return () => clearInterval(timer);
}

/** node:net looks at the same figure for its own timeouts, which what the client sends would put off. */
function queuedBytes(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
