import { Router } from 'express';
import type { Logger } from '../../engine/runtime/logging.js';
import type { Metrics } from '../../engine/runtime/metrics.js';
import { createReadiness } from './readiness.js';
import { sharedAnswer } from '../http/shared-answer.js';

export interface HealthOptions {
  /**
   * Why the system cannot serve now; empty where it can. Told to anyone who asks: no path, no name of a server, no
   * message of a driver.
   */
  readonly notReady: () => Promise<readonly string[]> | readonly string[];
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * What an operator's tools look at, in every process. However often they are asked, answering takes a small part of the
 * process.
 */
export function health({ notReady, logger, metrics }: HealthOptions, stopping: () => boolean): Router {
  const router = Router();
  const readiness = createReadiness(notReady, logger);
  const text = sharedAnswer(() => metrics.registry.metrics());
  router.get('/readyz', async (_request, response) => {
    const reasons = stopping() ? ['the server is stopping'] : await readiness();
    response.status(reasons.length === 0 ? 200 : 503).json({ ready: reasons.length === 0, reasons });
  });
  router.get(
    '/metrics',
    async (_request, response) => void response.type(metrics.registry.contentType).send(await text()),
  );
  return router;
}

/** Whether the process lives: that it answers says it. */
export function liveness(): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  return router;
}
