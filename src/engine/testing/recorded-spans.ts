import { spanId } from '../domain/ids.js';
import type { Span, SpanAttributes, SpanOptions, SpanPlace, Tracer } from '../runtime/tracing.js';

/** A span that a test has recorded. */
export interface RecordedSpan extends Omit<SpanOptions, 'attributes' | 'links'> {
  readonly name: string;
  readonly place: SpanPlace;
  attributes: SpanAttributes;
  readonly links: SpanPlace[];
  code: string | null;
  ends: number;
}

/** A tracer that keeps its spans, for tests. Their ids are 1, 2, 3 …, with zeros before. */
export function recordSpans(): { readonly tracer: Tracer; readonly spans: readonly RecordedSpan[] } {
  const spans: RecordedSpan[] = [];
  const start = (name: string, { links = [], ...options }: SpanOptions): Span => {
    const place = { traceId: options.traceId, span: spanId(String(spans.length + 1).padStart(16, '0')) };
    const span: RecordedSpan = { ...options, name, place, links: [...links], code: null, ends: 0 };
    spans.push(span);
    return {
      place,
      set: (attributes) => void (span.attributes = { ...span.attributes, ...attributes }),
      link: (to) => void span.links.push(to),
      failed: (code) => void (span.code = code),
      end: () => void span.ends++,
    };
  };
  return { tracer: { start }, spans };
}
