import type { SpanId, TraceId } from '../domain/ids.js';

/** A span of a sampled trace, as other spans and processes refer to it. */
export interface SpanPlace {
  readonly traceId: TraceId;
  readonly span: SpanId;
}

/** No personal data and no secret: `docs/tracing.md` lists the names. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  readonly kind: 'server' | 'producer' | 'consumer' | 'internal';
  readonly traceId: TraceId;
  /** Missing for the first span of a trace. */
  readonly parent?: SpanId | undefined;
  readonly links?: readonly SpanPlace[];
  readonly attributes: SpanAttributes;
}

/** Nothing of it throws, and nothing of it does input or output. */
export interface Span {
  readonly place: SpanPlace;
  set(attributes: SpanAttributes): void;
  link(to: SpanPlace): void;
  /** @param code a stable code, never a message: messages may quote a client's data */
  failed(code: string): void;
  /** Once. A span that is never ended is never sent. */
  end(): void;
}

/**
 * Records the spans of sampled traces. A part that is given none records nothing, and does no work for it. Whether a
 * trace is sampled is decided once, where the operation comes in; from there on the span of a command or an event says
 * that it is. Opened and closed by the composition root.
 */
export interface Tracer {
  start(name: string, options: SpanOptions): Span;
}

/** A command, an outcome or an event. */
interface Traceable {
  readonly traceId: TraceId;
  readonly span?: SpanId | undefined;
}

export const isSampled = (item: Traceable): item is Traceable & SpanPlace => item.span !== undefined;

/** What SDKs keep of the links of one span by default. */
const MAX_LINKS = 128;

/**
 * A span for work on many items at once: below the span of the first sampled one, with links to those of the others.
 * Null if none is sampled.
 */
export function startBatchSpan(
  tracer: Tracer,
  name: string,
  kind: SpanOptions['kind'],
  items: readonly Traceable[],
  attributes: () => SpanAttributes,
): Span | null {
  const first = items.find(isSampled);
  if (!first) return null;
  // The events of a command share a span.
  const others = new Map<SpanId, SpanPlace>();
  for (const item of items) {
    if (isSampled(item) && item.span !== first.span && others.size < MAX_LINKS)
      others.set(item.span, { traceId: item.traceId, span: item.span });
  }
  const { traceId, span: parent } = first;
  return tracer.start(name, { kind, traceId, parent, links: [...others.values()], attributes: attributes() });
}

/** The stable code of a failure, for a span. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'INTERNAL';
}

/** Ends the span after the work, with the code of its failure. */
export async function within<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    span.failed(codeOf(error));
    throw error;
  } finally {
    span.end();
  }
}
