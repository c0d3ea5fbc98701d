import type { Delivery, Sink } from '../../engine/fan-out/subscriber.js';
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
export class WebSocketSink implements Sink {
  readonly transport = 'websocket';
  readonly #id: string;
  readonly #idBytes: number;

  constructor(
    readonly connection: Pick<Connection, 'socket' | 'frames'>,
    id: string,
    readonly signal: AbortSignal,
  ) {
    this.#id = JSON.stringify(id);
    this.#idBytes = Buffer.byteLength(this.#id);
  }

  next(result: string, flushed?: () => void): void {
    const { socket } = this.connection;
    if (this.signal.aborted || socket.readyState !== socket.OPEN) flushed?.();
    else socket.send(`{"id":${this.#id},"type":"next","payload":${result}}`, flushed && (() => flushed()));
  }

  deliver(delivery: Delivery): boolean {
    return this.connection.frames.write(nextFrames(delivery).of(this.#id, this.#idBytes));
  }

  backlog(): number {
    return this.connection.socket.bufferedAmount;
  }
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
