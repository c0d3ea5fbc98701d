import { Router } from 'express';
import type { Metrics } from '../metrics.js';

export interface HealthOptions {
  /** Why the system cannot serve now; empty where it can. Called for every look at /readyz. */
  readonly notReady: () => Promise<readonly string[]> | readonly string[];
  readonly metrics: Metrics;
}

/** What an operator's tools look at, in every process. */
export function health({ notReady, metrics }: HealthOptions, stopping: () => boolean): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  router.get('/readyz', async (_request, response) => {
    const reasons = stopping() ? ['the server is stopping'] : await notReady();
    response.status(reasons.length === 0 ? 200 : 503).json({ ready: reasons.length === 0, reasons });
  });
  router.get('/metrics', async (_request, response) => void response.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  return router;
}
