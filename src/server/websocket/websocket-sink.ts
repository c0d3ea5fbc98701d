import type { Sink } from '../../engine/fan-out/subscriber.js';
import type { ServerMetrics } from '../metrics.js';
import { nextFrames } from './next-frames.js';
import type { Connection } from './websocket-connection.js';

/**
 * Maximum unsent bytes of a client. Protocol messages and answers to operations that were sent together end the socket
 * beyond it.
 */
const MAX_UNREAD_BYTES = 8 << 20;

/**
 * Writes results of one operation as frames of graphql-transport-ws. Once `signal` is aborted none of its own are
 * written, for the id may belong to another operation by then. The fan-out drops its subscriber in the same moment.
 */
export function createWebSocketSink({ socket, frames }: Connection, id: string, signal: AbortSignal): Sink {
  const idJson = JSON.stringify(id);
  const idBytes = Buffer.byteLength(idJson);
  return {
    transport: 'websocket',
    next(result, flushed) {
      if (signal.aborted || socket.readyState !== socket.OPEN) flushed?.();
      else socket.send(`{"id":${idJson},"type":"next","payload":${result}}`, flushed && (() => flushed()));
    },
    deliver: (delivery) => frames.write(nextFrames(delivery).of(idJson, idBytes)),
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
