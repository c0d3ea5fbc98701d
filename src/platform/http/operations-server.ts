import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Logger } from '../logging.js';
import type { HealthOptions } from './health.js';
import { health } from './health.js';
import type { HttpServer } from './server.js';

export interface OperationsServerOptions extends HealthOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly logger: Logger;
}

/** Health and metrics alone, for a process without the API. */
export function createOperationsServer({ host, port, ...options }: OperationsServerOptions): HttpServer {
  let stopping: Promise<void> | undefined;
  const app = express();
  app.disable('x-powered-by');
  app.use(health(options, () => stopping !== undefined));
  app.use((_request, response) => void response.status(404).json({ errors: [{ message: 'This process serves no API.', extensions: { code: 'NOT_FOUND' } }] }));
  const server = createServer(app as RequestListener);

  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const stop = (): Promise<void> => (stopping ??= close());

  return {
    async start() {
      server.listen(port, host);
      await once(server, 'listening');
      const { port: listening } = server.address() as AddressInfo;
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`, port: listening };
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
