import type { ServerMetrics } from '../metrics.js';
import type { Connection } from './websocket-connection.js';

/**
 * Maximum unsent bytes of a client. Protocol messages and answers to operations that were sent together end the socket
 * beyond it.
 */
const MAX_UNREAD_BYTES = 8 << 20;

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
