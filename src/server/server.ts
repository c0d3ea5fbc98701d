import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createDocuments } from './limits/documents.js';
import { createCostRate } from './limits/cost-rate.js';
import { DEFAULT_LIMITS } from './limits/limits.js';
import { createApollo } from './http/apollo.js';
import { createRoutes } from './http/routes.js';
import { pause } from '../engine/runtime/retry.js';
import { drainEvenly } from './connections/drain.js';
import { watchBuffers } from './connections/buffer-watch.js';
import { createClientAddresses } from './connections/client-address.js';
import { DEFAULT_CONNECTION_LIMITS } from './connections/connection-limits.js';
import { createConnectionCounts } from './connections/connection-counts.js';
import { inTurn } from './connections/in-turn.js';
import type { HttpServerOptions, ServedOptions } from './options.js';
import { isLocalHost } from './connections/origins.js';
import type { PlainRefusal } from './http/plain-refusal.js';
import { FOREIGN_HOST, TOO_MANY, answerPlainly } from './http/plain-refusal.js';
import { RequestMessage } from './http/request-message.js';
import { refuseSocket } from './websocket/refuse-socket.js';
import { createEventStreams } from './sse/sse.js';
import { refuseUnreadable } from './http/unreadable-request.js';
import { createWebSockets } from './websocket/websocket.js';

export type { HttpServerOptions, OperationRequest, Subscribe } from './options.js';

export interface HttpServer extends AsyncDisposable {
  /** Resolves when the server listens. */
  start(): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Moves the clients to other servers while this one still serves: /readyz says 503 at once, every answer over HTTP
   * ends its connection, and after a delay sockets and streams are ended evenly over a time. `stop` cuts it short.
   * Idempotent.
   */
  drain(): Promise<void>;
  /**
   * Refuses new work, ends subscriptions (WebSockets with 1001), lets running requests end within the grace time, then
   * aborts them. Idempotent, also after half a start.
   */
  stop(): Promise<void>;
}

/**
 * Longer than the 60 s for which common proxies keep an idle connection: the side that closes first may close while a
 * request is on its way. The time-out for headers does not bound it, since that begins with the first byte of a
 * request.
 */
export const IDLE_MS = 72_000;

/** HTTP, WebSocket and SSE on one port. */
export function createHttpServer(given: HttpServerOptions): HttpServer {
  const {
    host,
    port,
    logger,
    metrics,
    limits = DEFAULT_LIMITS,
    unreadMs = 60_000,
    headersMs = 10_000,
    requestMs = 30_000,
    idleMs = IDLE_MS,
    graceMs = 5_000,
    drainDelayMs = 0,
    drainMs = 0,
    localOnly = false,
  } = given;
  const connectionLimits = { ...DEFAULT_CONNECTION_LIMITS, ...given.connectionLimits };
  const clients = createClientAddresses(given.trustedProxies ?? []);
  const options: ServedOptions = {
    ...given,
    limits,
    documents: given.documents ?? createDocuments(given.schema, limits),
    clients,
    costs: createCostRate(connectionLimits, metrics),
  };
  const connections = createConnectionCounts(connectionLimits, clients, metrics);
  const apollo = createApollo(options);
  const streams = createEventStreams(options, connections, connectionLimits);
  const webSockets = createWebSockets(options, connections, connectionLimits);
  // Bounds the time for which a client that sends a request byte by byte occupies a socket.
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: headersMs / 2,
    keepAliveTimeout: idleMs,
    IncomingMessage: RequestMessage,
  });
  let started = false;
  let listening = 0;
  const cut = new AbortController();
  let drained: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  server.on('connection', (socket) => connections.opened(socket));
  server.on('upgrade', (request, socket, head) => {
    const refused = refusalOf(request);
    if (refused) refuseSocket(socket as Socket, refused);
    else webSockets.upgrade(request, socket as Socket, head);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    refuseUnreadable(error, socket as Socket, metrics),
  );
  const endWatch = watchBuffers(server, {
    unreadMs,
    unfinishedMessage: (socket) => webSockets.unfinished(socket),
    ...given.bufferBounds,
    metrics,
  });
  // A counter, not a Set: a Set with thousands of short-lived entries keeps them from being collected young.
  let running = 0;
  let ended = (): void => undefined;
  const counted =
    (handle: RequestListener): RequestListener =>
    (request, response) => {
      // Requests that come during the stop are refused, and not awaited.
      const one = stopped ? 0 : 1;
      // Its connection ends with it. To close idle connections here would hit new ones whose request is on its way.
      if (drained ?? stopped) response.shouldKeepAlive = false;
      running += one;
      response.once('close', () => {
        running -= one;
        if (stopped) ended();
      });
      handle(request, response);
    };

  /** The refusal of a request before any other check. */
  const refusalOf = ({ socket, headers }: IncomingMessage): PlainRefusal | null => {
    const tooMany = connections.refused(socket);
    if (tooMany) return TOO_MANY[tooMany];
    if (!localOnly || isLocalHost(headers.host)) return null;
    metrics.connectionsRefused.inc({ reason: 'host' });
    return FOREIGN_HOST;
  };

  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        server.on('error', (error) => logger.error({ err: error }, 'the HTTP server failed'));
        listening = (server.address() as AddressInfo).port;
        resolve();
      });
    });

  // Listens until the last request is answered, so that clients get a refusal with a reason instead of a failed
  // connection.
  const close = async (): Promise<void> => {
    let late = false;
    const force = setTimeout(() => {
      late = true;
      server.closeAllConnections();
    }, graceMs);
    streams.stop();
    const answered = new Promise<void>((resolve) => {
      ended = () => running === 0 && resolve();
      ended();
    });
    await Promise.all([webSockets.stop(), answered]);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    if (late) server.closeAllConnections();
    connections.stop();
    await closed;
    clearTimeout(force);
    endWatch();
  };

  const drain = (): Promise<void> =>
    (drained ??= (async () => {
      if (!listening) return;
      await pause(drainDelayMs, cut.signal);
      const parts = [webSockets.drain(), streams.drain()];
      const connected = parts.reduce((sum, part) => sum + part.left(), 0);
      if (connected > 0)
        logger.info({ connections: connected, overMs: drainMs }, 'asking clients to connect elsewhere');
      await drainEvenly(parts, drainMs, cut.signal);
    })());

  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      cut.abort();
      await close();
      if (started) await apollo.stop();
    })());

  const life = { isLeaving: () => (drained ?? stopped) !== undefined, isStopping: () => stopped !== undefined };

  return {
    async start() {
      await apollo.start();
      started = true;
      const served = inTurn(counted(createRoutes(options, apollo, streams, life)), metrics);
      server.on('request', (request, response) => {
        const refused = refusalOf(request);
        if (refused) answerPlainly(response, refused);
        else served(request, response);
      });
      await listen();
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`, port: listening };
    },
    drain,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
