import type { Config } from '../config.js';
import { settlesWithin } from '../engine/runtime/deadline.js';
import type { Lifecycle } from '../engine/runtime/lifecycle.js';
import type { Logger } from '../engine/runtime/logging.js';
import { traceAppends } from '../engine/log/traced-log.js';
import type { Tracer } from '../engine/runtime/tracing.js';
import type { Metrics } from '../metrics.js';
import type { OperationTracing } from '../server/trace.js';
import type { LogEngine } from './log.js';

export interface TracingOptions {
  readonly config: Pick<Config, 'traces' | 'roles'>;
  readonly version: string;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'traceSpans'>;
}

/** How long a stop waits until the last spans are sent. */
const FLUSH_MS = 2_000;
/** While the collector is away, one operation in this time is sampled, to find out whether it is back. */
const PROBE_MS = 5_000;

/** Undefined where traces are off: nothing of OpenTelemetry's SDK is loaded then. */
export async function openTracing(options: TracingOptions): Promise<OperationTracing | undefined> {
  const { config, version, lifecycle, logger, metrics } = options;
  if (!config.traces) return undefined;
  const { url, serviceName, sampling } = config.traces;
  const { openTelemetry } = await import('./open-telemetry.js');
  let away = false;
  let nextProbe = 0;
  const { tracer, stop } = openTelemetry({
    url,
    resource: { 'service.name': serviceName, 'service.version': version, 'madang.roles': [...config.roles].join(',') },
    sent(spans, error) {
      metrics.traceSpans.inc({ result: error ? 'lost' : 'sent' }, spans);
      if (error && !away)
        logger.warn(
          { err: error, url },
          'the collector does not take traces: spans are dropped until it does, and nothing else depends on it',
        );
      if (!error && away) logger.info({ url }, 'the collector takes traces again');
      away = error !== undefined;
    },
  });
  lifecycle.onStop('the traces', async () => {
    if (!(await settlesWithin(stop(), FLUSH_MS))) logger.warn({ url }, 'the last spans could not be sent in time');
  });
  logger.info({ url, ...sampling }, 'traces are sent');
  return {
    tracer,
    // Never by the trace id alone, which the caller chooses: see docs/threat-model.md.
    sampled(callers) {
      const wanted = sampling.byCaller && callers !== null ? callers : Math.random() < sampling.ratio;
      if (!wanted || !away) return wanted;
      const now = performance.now();
      if (now < nextProbe) return false;
      nextProbe = now + PROBE_MS;
      return true;
    },
  };
}

/** The queues, with a span for each append of a sampled command. */
export const traceQueues = (engine: LogEngine, tracer: Tracer): LogEngine => ({
  ...engine,
  commands: traceAppends(engine.commands, tracer),
  requests: traceAppends(engine.requests, tracer),
});
