import type { WebSocket } from 'ws';
import type { Sink } from '../../engine/fan-out/subscriber.js';
import type { ServerMetrics } from '../metrics.js';
import type { Connection } from './websocket-connection.js';

/**
 * Maximum unsent bytes of a client. Protocol messages and answers to operations that were sent together end the socket
 * beyond it.
 */
const MAX_UNREAD_BYTES = 8 << 20;

/**
 * Writes results of one operation as frames of graphql-transport-ws, around the bytes that the whole group shares.
 * Writes nothing once `signal` is aborted.
 */
export function createWebSocketSink(socket: WebSocket, id: string, signal: AbortSignal): Sink {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return {
    transport: 'websocket',
    next(result, flushed) {
      // The id may belong to another operation by then.
      if (signal.aborted || socket.readyState !== socket.OPEN) flushed?.();
      else socket.send(`${head}${result}}`, flushed && (() => flushed()));
    },
    backlog: () => socket.bufferedAmount,
  };
}

/** Writes one message. Resolves to true when the network has taken it, to false if it never will. */
export function write({ socket }: Connection, message: object, metrics: ServerMetrics): Promise<boolean> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve(false);
  if (socket.bufferedAmount > MAX_UNREAD_BYTES) {
    metrics.connectionsEnded.inc({ reason: 'unread' });
    socket.terminate();
    return Promise.resolve(false);
  }
  // An unwritable message is lost with its socket, whose close ends its operations.
  return new Promise((resolve) => socket.send(JSON.stringify(message), (error) => resolve(!error)));
}
