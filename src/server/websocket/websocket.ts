import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { handleProtocols } from 'graphql-ws';
import { LRUCache } from 'lru-cache';
import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { take } from '../rate-limits/token-bucket.js';
import type { Bucket } from '../rate-limits/token-bucket.js';
import type { ConnectionLimits } from '../connections/connection-limits.js';
import type { ConnectionCounts } from '../connections/connection-counts.js';
import type { Drainable } from '../connections/drain.js';
import { createDrainQueue } from '../connections/drain.js';
import { MAX_BODY_BYTES } from '../options.js';
import type { ServedOptions } from '../options.js';
import { isOriginAllowed } from '../connections/origins.js';
import { FOREIGN_ORIGIN, NOTHING_HERE, STOPPING, TOO_MANY } from '../http/plain-refusal.js';
import { refuseSocket } from './refuse-socket.js';
import { CLOSE, closeWith, createConnection, isIdle, transportScope } from './websocket-connection.js';
import type { Connection } from './websocket-connection.js';
import { createProtocol } from './websocket-protocol.js';

export interface WebSockets {
  /** Called for every HTTP request with an upgrade. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Bytes read of an unfinished message; 0 for a connection that is no WebSocket. */
  unfinished(socket: Socket): number;
  /** Begins to end sockets one by one: each is closed once no query or mutation runs on it. */
  drain(): Drainable;
  /** Refuses new operations, lets running queries and mutations end within the grace time, and closes every socket. */
  stop(): Promise<void>;
}

/** The pong of a slow reader is queued behind its unread data. */
const MAX_UNANSWERED_PINGS = 2;
/** Maximum time for a client to answer a close. */
const CLOSE_TIMEOUT_MS = 1_000;
/** A client with a larger backlog is not read until it has taken everything. */
const PAUSE_BACKLOG = 1 << 20;
/** The burst of messages in seconds of the rate, such as for all subscriptions of a connecting application. */
const BURST_SECONDS = 5;

/**
 * The message rate of all sockets of one user together, or of all sockets without a token at one address, as a multiple
 * of the rate of one.
 */
const SOCKETS_AT_FULL_RATE = 10;
/** Beyond this number, the oldest start again. */
const MAX_SENDERS = 50_000;
/** Bytes of a client's ping or pong: two, and its mask. It may come between the pieces of a message. */
const CONTROL_HEAD_BYTES = 6;

const SERVER = {
  noServer: true,
  maxPayload: MAX_BODY_BYTES,
  // A message of the largest size in pieces of 1 KiB. Each piece costs as much as a message.
  maxFragments: 256,
  // Results for many are written below it: frame-socket.ts.
  perMessageDeflate: false,
  clientTracking: false,
  // Answered below, like any message.
  autoPong: false,
  closeTimeout: 5_000,
  handleProtocols,
};

/** The WebSocket transport: a client's fault is a debug line, and no fault of a socket reaches the process. */
export function createWebSockets(
  options: ServedOptions,
  counts: ConnectionCounts,
  limits: ConnectionLimits,
): WebSockets {
  const { metrics, corsOrigins = [], keepAliveMs = 12_000, graceMs = 5_000 } = options;
  const server = new WebSocketServer(SERVER);
  const rate = { perSecond: limits.messagesPerSecond, burst: limits.messagesPerSecond * BURST_SECONDS };
  const rateOfSender = { perSecond: SOCKETS_AT_FULL_RATE * rate.perSecond, burst: SOCKETS_AT_FULL_RATE * rate.burst };
  const senders = new LRUCache<string, Bucket>({ max: MAX_SENDERS });
  const connections = new Map<Socket, Connection>();
  const scope = transportScope(options);
  let stopping = false;
  let emptied: () => void = () => undefined;

  const isLeaving = ({ leaving }: Connection): boolean => stopping || leaving;
  const closeIfIdle = (connection: Connection): void => {
    if (isLeaving(connection) && isIdle(connection)) closeWith(connection, CLOSE.GOING_AWAY, 'Server is stopping');
  };
  const draining = createDrainQueue<Connection>((connection) => {
    connection.leaving = true;
    closeIfIdle(connection);
  });

  const protocol = createProtocol(options, counts, limits, {
    leaving: isLeaving,
    // Its last message comes first.
    ended(connection) {
      if (isLeaving(connection)) setImmediate(closeIfIdle, connection);
    },
  });

  /** Ends a socket that would not close by itself: further data is not read. */
  const cut = (connection: Connection, reason: string, message: string): void => {
    const { socket } = connection;
    metrics.connectionsEnded.inc({ reason });
    closeWith(connection, CLOSE.POLICY, message);
    socket.pause();
    setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  };

  /**
   * Whether the sender may send one more message, on any of its sockets. Opening messages are bounded by the number of
   * sockets, and come from all clients at once after a restart.
   */
  const isSenderAllowed = ({ state, viewer, clientAddress }: Connection): boolean => {
    if (state === 'opened') return true;
    const sender = viewer ? `user ${viewer.userId}` : `address ${clientAddress}`;
    const [left, { granted }] = take(senders.get(sender), rateOfSender, performance.now());
    if (left) senders.set(sender, left);
    return granted;
  };

  /** Counts a message or control frame. @returns false beyond the limit, which ends the socket */
  const isAllowed = (connection: Connection): boolean => {
    const [left, { granted }] = take(connection.allowance, rate, performance.now());
    connection.allowance = left;
    if (!granted) cut(connection, 'messages', `TOO_MANY_REQUESTS: at most ${rate.perSecond} messages a second`);
    else if (!isSenderAllowed(connection))
      cut(
        connection,
        'messages',
        `TOO_MANY_REQUESTS: at most ${rateOfSender.perSecond} messages a second on all sockets together`,
      );
    else return true;
    return false;
  };

  const opened = (socket: WebSocket, request: IncomingMessage): void => {
    const transport = request.socket;
    const connection = createConnection(
      socket,
      transport,
      options.clients.ofRequest(request),
      request.headers.traceparent,
      scope,
    );
    connections.set(transport, connection);
    draining.add(connection);
    connection.read = transport.bytesRead;
    metrics.connections.inc();

    const pauseUntilDrained = (): void => {
      socket.pause();
      transport.once('drain', () => socket.resume());
    };

    socket.on('message', (data: RawData, isBinary: boolean) => {
      connection.read = transport.bytesRead;
      // Messages that came before the close was answered.
      if (socket.readyState !== socket.OPEN || !isAllowed(connection)) return;
      if (isBinary) return closeWith(connection, CLOSE.BAD_MESSAGE, 'Invalid message received');
      protocol.receive(connection, (data as Buffer).toString());
      if (socket.bufferedAmount > PAUSE_BACKLOG && !socket.isPaused) pauseUntilDrained();
      closeIfIdle(connection);
    });
    socket.on('ping', (data: Buffer) => {
      connection.read += CONTROL_HEAD_BYTES + data.length;
      if (socket.readyState === socket.OPEN && isAllowed(connection) && socket.bufferedAmount <= PAUSE_BACKLOG)
        socket.pong(data);
    });
    socket.on('pong', (data: Buffer) => {
      connection.read += CONTROL_HEAD_BYTES + data.length;
      connection.unanswered = 0;
      if (socket.readyState === socket.OPEN) isAllowed(connection);
    });
    socket.on('error', (error) => connection.logger.debug({ err: error }, 'a WebSocket failed'));
    socket.on('close', (code) => {
      connections.delete(transport);
      draining.remove(connection);
      metrics.connections.dec();
      protocol.closed(connection);
      connection.logger.debug({ code }, 'a WebSocket closed');
      if (connections.size === 0) emptied();
    });
    protocol.opened(connection);
    closeIfIdle(connection);
  };

  const pinger = setInterval(() => {
    for (const connection of connections.values()) {
      if (++connection.unanswered <= MAX_UNANSWERED_PINGS) connection.socket.ping();
      else {
        metrics.connectionsEnded.inc({ reason: 'silent' });
        connection.socket.terminate();
      }
    }
  }, keepAliveMs).unref();

  return {
    upgrade(request, socket, head) {
      if (stopping) return refuseSocket(socket, STOPPING);
      if (!/^\/graphql\/?(?:\?|$)/.test(request.url ?? '')) return refuseSocket(socket, NOTHING_HERE);
      if (!isOriginAllowed(request, corsOrigins)) {
        metrics.connectionsRefused.inc({ reason: 'origin' });
        return refuseSocket(socket, FOREIGN_ORIGIN);
      }
      const release = counts.takeAddress(request);
      if (!release) return refuseSocket(socket, TOO_MANY.address);
      socket.on('close', release);
      server.handleUpgrade(request, socket, head, (webSocket) => opened(webSocket, request));
    },

    unfinished(socket) {
      const connection = connections.get(socket);
      return connection ? Math.max(0, socket.bytesRead - connection.read) : 0;
    },

    drain() {
      draining.begin(connections.values());
      return draining;
    },

    async stop() {
      stopping = true;
      const over = new Promise<void>((resolve) => (emptied = resolve));
      if (connections.size === 0) emptied();
      for (const connection of connections.values()) closeIfIdle(connection);
      const late = setTimeout(() => {
        for (const { socket } of connections.values()) socket.close(CLOSE.GOING_AWAY, 'Server is stopping');
      }, graceMs);
      const dead = setTimeout(() => {
        for (const { socket } of connections.values()) socket.terminate();
      }, graceMs + CLOSE_TIMEOUT_MS);
      await over;
      clearTimeout(late);
      clearTimeout(dead);
      clearInterval(pinger);
      server.close();
    },
  };
}
