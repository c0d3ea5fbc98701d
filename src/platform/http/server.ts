import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDocuments } from '../../schema/limits/documents.js';
import { DEFAULT_LIMITS } from '../../schema/limits/limits.js';
import { createApollo } from './apollo.js';
import { createApp } from './app.js';
import { endUnread, inTurn } from './connections.js';
import { createFront } from './front.js';
import type { HttpServerOptions, ServedOptions } from './options.js';
import { createEventStreams } from './sse.js';
import { createWebSockets } from './websocket.js';

export type { HttpServerOptions, OperationRequest, Subscribe } from './options.js';

export interface HttpServer extends AsyncDisposable {
  /** Resolves when the server listens. */
  start(): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Takes no more work, ends subscriptions (WebSockets with 1001), lets running requests end within the grace time, then breaks them
   * off. Idempotent, and good after half a start.
   */
  stop(): Promise<void>;
}

const KEEP_ALIVE_TIMEOUT_MS = 30_000;

/** HTTP, WebSocket and SSE on one port. */
export function createHttpServer(given: HttpServerOptions): HttpServer {
  const { host, port, logger, metrics, limits = DEFAULT_LIMITS, unreadMs = 60_000, headersMs = 10_000, requestMs = 30_000, graceMs = 5_000 } = given;
  const options: ServedOptions = { ...given, limits, documents: given.documents ?? createDocuments(given.schema, limits) };
  const apollo = createApollo(options);
  const streams = createEventStreams(options);
  const webSockets = createWebSockets(options);
  // A client that feeds its request byte by byte holds a socket for this long at most.
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: headersMs / 2,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  });
  let started = false;
  let stopped: Promise<void> | undefined;

  server.on('upgrade', (request, socket, head) => webSockets.upgrade(request, socket, head));
  const endLooking = endUnread(server, { unreadMs, metrics });
  // Counted, not kept: a Set in which thousands come and go keeps the garbage collector from taking them young.
  let running = 0;
  let ended = (): void => undefined;
  const counted =
    (handle: RequestListener): RequestListener =>
    (request, response) => {
      // Those that come while it stops are refused, and not waited for.
      const one = stopped ? 0 : 1;
      running += one;
      response.once('close', () => {
        running -= one;
        if (!stopped) return;
        ended();
        setImmediate(() => server.closeIdleConnections());
      });
      handle(request, response);
    };

  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        server.on('error', (error) => logger.error({ err: error }, 'the HTTP server failed'));
        resolve();
      });
    });

  // It listens until the last request is answered, so that whoever asks meanwhile is told why not, instead of finding nobody.
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
    await closed;
    clearTimeout(force);
    endLooking();
  };

  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      await close();
      if (started) await apollo.stop();
    })());

  return {
    async start() {
      await apollo.start();
      started = true;
      const app = createApp(options, apollo, streams, () => stopped !== undefined);
      server.on('request', inTurn(counted(createFront(options, app as RequestListener, () => stopped !== undefined)), metrics));
      await listen();
      const { port: listening } = server.address() as AddressInfo;
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`, port: listening };
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
