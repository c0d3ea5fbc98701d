import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { Context, Link } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { SpanId, TraceId } from '../engine/domain/ids.js';
import { spanId } from '../engine/domain/ids.js';
import type { Span, SpanPlace, Tracer } from '../engine/runtime/tracing.js';

export interface OpenTelemetryOptions {
  /** Of OTLP over HTTP. Headers, timeouts and a certificate of the collector are read from OTEL_EXPORTER_OTLP_…. */
  readonly url: string;
  /** OTEL_RESOURCE_ATTRIBUTES overrides it. */
  readonly resource: Readonly<Record<string, string>>;
  /** Called after each attempt to send spans. */
  readonly sent: (spans: number, error: Error | undefined) => void;
}

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** The tracer of OpenTelemetry's own SDK. Imported only where traces are on: it takes time and memory to load. */
export function openTelemetry({ url, resource, sent }: OpenTelemetryOptions): {
  readonly tracer: Tracer;
  /** Sends the last spans. */
  stop(): Promise<void>;
} {
  const ids = new RandomIdGenerator();
  /** Of the trace that begins with the next span. */
  let next: TraceId | null = null;
  const provider = new TracerProvider({
    // Whether a trace is sampled was decided before its first span.
    sampler: new AlwaysOnSampler(),
    idGenerator: {
      generateTraceId: () => next ?? ids.generateTraceId(),
      generateSpanId: () => ids.generateSpanId(),
    },
    resource: defaultResource()
      .merge(resourceFromAttributes(resource))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter: reporting(new OTLPTraceExporter({ url }), sent) })],
  });
  const tracer = provider.getTracer('madang');
  return {
    tracer: {
      start(name, { kind, traceId, parent, links = [], attributes }) {
        next = traceId;
        const context = parent === undefined ? ROOT_CONTEXT : below({ traceId, span: parent });
        const options = { kind: KINDS[kind], attributes, links: links.map(linkTo) };
        return spanOf(tracer.startSpan(name, options, context), traceId);
      },
    },
    stop: () => provider.shutdown(),
  };
}

const placeOf = ({ traceId, span }: SpanPlace) => ({ traceId, spanId: span, traceFlags: TraceFlags.SAMPLED });

const linkTo = (to: SpanPlace): Link => ({ context: placeOf(to) });

const below = (parent: SpanPlace): Context =>
  trace.setSpanContext(ROOT_CONTEXT, { ...placeOf(parent), isRemote: true });

function spanOf(span: ReturnType<ReturnType<TracerProvider['getTracer']>['startSpan']>, traceId: TraceId): Span {
  const own: SpanId = spanId(span.spanContext().spanId);
  return {
    place: { traceId, span: own },
    set: (attributes) => void span.setAttributes(attributes),
    link: (to) => void span.addLink(linkTo(to)),
    failed(code) {
      span.setAttribute('error.type', code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    },
    end: () => span.end(),
  };
}

/** The SDK reports a failed export to nobody. */
const reporting = (exporter: SpanExporter, sent: OpenTelemetryOptions['sent']): SpanExporter => ({
  export(spans, done) {
    exporter.export(spans, (result) => {
      const taken = result.code === ExportResultCode.SUCCESS;
      sent(spans.length, taken ? undefined : (result.error ?? new Error('the spans were not taken')));
      done(result);
    });
  },
  shutdown: () => exporter.shutdown(),
  forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
});
