import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { watchBuffers } from '../connections/buffer-watch.js';
import type { HealthOptions } from './health.js';
import { createHealth } from './health.js';
import { isLocalHost } from '../connections/origins.js';
import { JSON_TYPE, TEXT_TYPE, answer } from '../http/answer.js';
import { isRead, pathOf } from '../http/request-path.js';
import { FOREIGN_HOST, answerPlainly } from '../http/plain-refusal.js';
import type { HttpServer } from '../server.js';

export interface OperationsServerOptions extends HealthOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** As for the API. */
  readonly localOnly?: boolean;
  readonly unreadMs?: number;
  /** Whether the process is about to stop, and not ready. */
  readonly isLeaving?: () => boolean;
}

/** Operators' tools ask a few times a minute. */
const MAX_CONNECTIONS = 200;

const NOTHING_ELSE = JSON.stringify({
  errors: [{ message: 'Only health and metrics are served here.', extensions: { code: 'NOT_FOUND' } }],
});

/** Health and metrics alone: for a process without the API, or on a port of their own. */
export function createOperationsServer({
  host,
  port,
  localOnly = false,
  unreadMs = 60_000,
  isLeaving = () => false,
  metrics,
  ...options
}: OperationsServerOptions): Omit<HttpServer, 'drain'> {
  let stopping: Promise<void> | undefined;
  const health = createHealth({ ...options, metrics }, () => isLeaving() || stopping !== undefined, 'all');
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 },
    (request, response) => {
      if (localOnly && !isLocalHost(request.headers.host)) return answerPlainly(response, FOREIGN_HOST);
      const found = isRead(request) ? health(pathOf(request)) : null;
      if (!found) return answer(response, 404, JSON_TYPE, NOTHING_ELSE);
      found.then(
        ({ status, type, text }) => answer(response, status, type, text),
        (error: unknown) => {
          options.logger.error({ err: error }, 'health or metrics cannot be read');
          answer(response, 500, TEXT_TYPE, 'This cannot be read now: the log has the reason.\n');
        },
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const endWatch = watchBuffers(server, { unreadMs, unfinishedMessage: () => 0, metrics });

  const close = async (): Promise<void> => {
    endWatch();
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const stop = (): Promise<void> => (stopping ??= close());

  return {
    async start() {
      server.listen(port, host);
      // Rejects with the error if it cannot listen.
      await once(server, 'listening');
      const { port: listening } = server.address() as AddressInfo;
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`, port: listening };
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
