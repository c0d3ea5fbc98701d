import type { WebSocket } from 'ws';
import type { Sink } from '../../engine/fan-out/subscriber.js';

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
