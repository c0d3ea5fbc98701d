import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { clientAddressOf } from './client-address.js';
import { MAX_BODY_BYTES } from './options.js';
import type { ServedOptions } from './options.js';
import { CLOSE, createConnection, endOperation, isIdle } from './websocket-connection.js';
import type { Connection } from './websocket-connection.js';
import { createProtocol } from './websocket-protocol.js';

export interface WebSockets {
  /** Called for every HTTP request that asks for another protocol. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no new operations, lets running queries and mutations end within the grace time, and closes every socket. */
  stop(): Promise<void>;
}

/** A slow reader's answer to a ping waits behind what it has yet to read. */
const MAX_UNANSWERED_PINGS = 2;
/** How long a client may take to answer a close. */
const CLOSE_PATIENCE_MS = 1_000;

/**
 * The WebSocket transport. graphql-ws has a binding to `ws` of its own, but that one prints to the console; here a client's fault is a
 * line for debugging, and no fault of a socket reaches the process.
 */
export function createWebSockets(options: ServedOptions): WebSockets {
  const { metrics, keepAliveMs = 12_000, graceMs = 5_000 } = options;
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, perMessageDeflate: false, clientTracking: false, handleProtocols });
  const connections = new Set<Connection>();
  let stopping = false;
  let emptied: () => void = () => undefined;

  const closeIfIdle = (connection: Connection): void => {
    if (stopping && isIdle(connection)) connection.socket.close(CLOSE.GOING_AWAY, 'Server is stopping');
  };

  const protocol = createProtocol(options, {
    stopping: () => stopping,
    // Its last message comes first.
    ended(connection) {
      if (stopping) setImmediate(closeIfIdle, connection);
    },
  });

  const opened = (socket: WebSocket, request: IncomingMessage): void => {
    const connection = createConnection(socket, clientAddressOf(request), request.headers.traceparent, options);
    connections.add(connection);
    metrics.connections.inc();

    const receive = (data: RawData, isBinary: boolean, handle: (text: string) => Promise<void>): void => {
      if (isBinary) return socket.close(CLOSE.BAD_MESSAGE, 'Invalid message received');
      handle(String(data as Buffer)).catch((error: unknown) => {
        if (isServersMessage(error)) return socket.close(CLOSE.BAD_MESSAGE, 'Invalid message received');
        connection.logger.error({ err: error }, 'handling a WebSocket message failed; the socket is closed');
        socket.close(CLOSE.FAULT, 'Internal server error');
      });
      // The protocol's library forgets an operation as soon as the client completes it, but tells nobody until its generator has
      // returned; and that waits for the signal.
      for (const id of connection.operations.keys()) if (!(id in connection.subscriptions)) endOperation(connection, id);
      closeIfIdle(connection);
    };

    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) =>
          new Promise<void>((resolve) => {
            if (socket.readyState !== socket.OPEN) return resolve();
            // What could not be written is lost with its socket, whose close ends everything on it.
            socket.send(data, () => resolve());
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => void socket.on('message', (data, isBinary) => receive(data, isBinary, handle)),
      },
      connection,
    );

    socket.on('pong', () => (connection.unanswered = 0));
    socket.on('error', (error) => connection.logger.debug({ err: error }, 'a WebSocket failed'));
    socket.once('close', (code, reason) => {
      connection.forgetExpiry();
      connections.delete(connection);
      metrics.connections.dec();
      for (const id of connection.operations.keys()) endOperation(connection, id);
      connection.logger.debug({ code }, 'a WebSocket closed');
      closed(code, String(reason)).catch((error: unknown) => connection.logger.error({ err: error }, 'ending the operations of a closed WebSocket failed'));
      if (connections.size === 0) emptied();
    });
    closeIfIdle(connection);
  };

  const pinger = setInterval(() => {
    for (const connection of connections) {
      if (++connection.unanswered > MAX_UNANSWERED_PINGS) connection.socket.terminate();
      else connection.socket.ping();
    }
  }, keepAliveMs).unref();

  return {
    upgrade(request, socket, head) {
      if (stopping) return refuse(socket, '503 Service Unavailable');
      if (!/^\/graphql\/?(?:\?|$)/.test(request.url ?? '')) return refuse(socket, '404 Not Found');
      server.handleUpgrade(request, socket, head, (webSocket) => opened(webSocket, request));
    },

    async stop() {
      stopping = true;
      const over = new Promise<void>((resolve) => (emptied = resolve));
      if (connections.size === 0) emptied();
      for (const connection of connections) closeIfIdle(connection);
      const late = setTimeout(() => {
        for (const { socket } of connections) socket.close(CLOSE.GOING_AWAY, 'Server is stopping');
      }, graceMs);
      const dead = setTimeout(() => {
        for (const { socket } of connections) socket.terminate();
      }, graceMs + CLOSE_PATIENCE_MS);
      await over;
      clearTimeout(late);
      clearTimeout(dead);
      clearInterval(pinger);
      server.close();
    },
  };
}

/** The protocol's library throws where a client sends what only servers send, as if that were a fault of the server. */
const isServersMessage = (error: unknown): boolean => error instanceof Error && error.message.startsWith('Unexpected message of type ');

function refuse(socket: Duplex, status: string): void {
  // A client that is gone already is no fault.
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
