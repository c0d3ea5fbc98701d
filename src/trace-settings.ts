import { z } from 'zod';
import { onOff } from './setting-formats.js';

/**
 * Traces, with the names of OpenTelemetry. Where they are off, nothing of the others is read: platforms set them for
 * every program.
 */
export const traceSettings = {
  MADANG_TRACES: onOff.default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().default('http://localhost:4318'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.string().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.string().optional(),
  OTEL_SERVICE_NAME: z.string().default('madang'),
  OTEL_TRACES_SAMPLER: z.string().default('traceidratio'),
  OTEL_TRACES_SAMPLER_ARG: z.string().default('0.01'),
};

type TraceEnvironment = z.output<z.ZodObject<typeof traceSettings>>;

/** Which operations are sampled. */
export interface TraceSampling {
  /** Of the operations on which no caller decides: 0 to 1. */
  readonly ratio: number;
  /** Whether a caller's `traceparent` decides. */
  readonly byCaller: boolean;
}

export interface TraceConfig {
  /** Where OTLP over HTTP goes. */
  readonly url: string;
  readonly serviceName: string;
  readonly sampling: TraceSampling;
}

const RATIOS: Readonly<Record<string, (arg: number) => number>> = {
  always_on: () => 1,
  always_off: () => 0,
  traceidratio: (arg) => arg,
};
const BY_CALLER = 'parentbased_';
const SAMPLERS = Object.keys(RATIOS).flatMap((name) => [name, `${BY_CALLER}${name}`]);

export function traceContradictions(env: TraceEnvironment): string[] {
  if (!env.MADANG_TRACES) return [];
  const problems: string[] = [];
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const) {
    const given = env[name];
    if (given !== undefined && !/^https?:$/.test(URL.canParse(given) ? new URL(given).protocol : ''))
      problems.push(`${name}: must be a URL that begins with http:// or https://`);
  }
  if (env.OTEL_EXPORTER_OTLP_PROTOCOL === 'grpc')
    problems.push(
      'OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not spoken here: leave it out, and name the HTTP port of the collector, ' +
        'often 4318',
    );
  if (!SAMPLERS.includes(env.OTEL_TRACES_SAMPLER))
    problems.push(`OTEL_TRACES_SAMPLER: must be one of ${SAMPLERS.join(', ')}`);
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG);
  if (!(ratio >= 0 && ratio <= 1)) problems.push('OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1');
  return problems;
}

/** Null: nothing is traced. */
export function tracesOf(env: TraceEnvironment): TraceConfig | null {
  if (!env.MADANG_TRACES) return null;
  const sampler = env.OTEL_TRACES_SAMPLER;
  const byCaller = sampler.startsWith(BY_CALLER);
  const ratioOf = RATIOS[byCaller ? sampler.slice(BY_CALLER.length) : sampler]!;
  return {
    url: env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? `${env.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '')}/v1/traces`,
    serviceName: env.OTEL_SERVICE_NAME,
    sampling: { ratio: ratioOf(Number(env.OTEL_TRACES_SAMPLER_ARG)), byCaller },
  };
}
