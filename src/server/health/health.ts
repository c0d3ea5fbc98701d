import { performance } from 'node:perf_hooks';
import type { Logger } from '../../engine/runtime/logging.js';
import type { ServerMetrics } from '../metrics.js';
import { createReadiness } from './readiness.js';
import { JSON_TYPE } from '../http/answer.js';

export interface HealthOptions {
  /**
   * The reasons why the system cannot serve now; empty while it can. Public: no path, no name of a server, no message
   * of a driver.
   */
  readonly notReady: () => Promise<readonly string[]> | readonly string[];
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
}

export interface HealthAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** The answer to a GET of a path; null for a path without one. */
export type Health = (path: string) => Promise<HealthAnswer> | null;

/**
 * An answer is served for this many times the duration of making it: making answers takes at most a twentieth of the
 * process's time.
 */
const TIMES_AS_LONG = 20;

const ALIVE: Promise<HealthAnswer> = Promise.resolve({ status: 200, type: JSON_TYPE, text: '{"status":"ok"}' });

/**
 * The endpoints for an operator's tools, in every process. Any number of requests takes only a small part of the
 * process's time.
 *
 * @param extent `liveness`: the rest is served on a port of its own
 */
export function createHealth(
  { notReady, logger, metrics }: HealthOptions,
  stopping: () => boolean,
  extent: 'all' | 'liveness',
): Health {
  const readiness = createReadiness(notReady, logger);
  const text = servedAWhile(() => metrics.registry.metrics());

  const ready = async (): Promise<HealthAnswer> => {
    const reasons = stopping() ? ['the server is stopping'] : await readiness();
    const isReady = reasons.length === 0;
    return { status: isReady ? 200 : 503, type: JSON_TYPE, text: JSON.stringify({ ready: isReady, reasons }) };
  };

  return (path) => {
    // Answering at all means that the process lives.
    if (path === '/healthz') return ALIVE;
    if (extent === 'liveness') return null;
    if (path === '/readyz') return ready();
    if (path !== '/metrics') return null;
    return text().then((found) => ({ status: 200, type: metrics.registry.contentType, text: found }));
  };
}

/** Makes one answer for all concurrent callers, and for a moment after. */
function servedAWhile<T>(make: () => Promise<T>): () => Promise<T> {
  let last: { readonly answer: Promise<T>; good: number } | null = null;
  return () => {
    if (last && performance.now() < last.good) return last.answer;
    const began = performance.now();
    const made = { answer: make(), good: Number.POSITIVE_INFINITY };
    const over = (times: number) => (): void => {
      made.good = performance.now() + times * (performance.now() - began);
    };
    made.answer.then(over(TIMES_AS_LONG), over(0));
    last = made;
    return made.answer;
  };
}
