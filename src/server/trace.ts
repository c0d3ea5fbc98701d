import { Kind, getOperationAST } from 'graphql';
import type { DocumentNode } from 'graphql';
import type { SpanId, TraceId } from '../engine/domain/ids.js';
import { spanId, traceId } from '../engine/domain/ids.js';
import { newTraceId } from '../engine/domain/trace.js';
import type { Span, Tracer } from '../engine/runtime/tracing.js';

/** Records the operations of sampled traces. */
export interface OperationTracing {
  readonly tracer: Tracer;
  /** Whether an operation is sampled. @param callers the decision of the caller; null without one */
  sampled(callers: boolean | null): boolean;
}

/** https://www.w3.org/TR/trace-context/: version `ff` is forbidden, and so are ids of zeros alone. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-|$)/;

const matched = (traceparent: unknown): RegExpExecArray | null =>
  typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;

/** The trace id from a request's `traceparent`, or a new one. */
export function traceOf(traceparent: unknown): TraceId {
  const given = matched(traceparent)?.[1];
  return given === undefined ? newTraceId() : traceId(given);
}

function callerOf(traceparent: unknown): { readonly span: SpanId; readonly sampled: boolean } | null {
  const [, , span, flags] = matched(traceparent) ?? [];
  return span === undefined || flags === undefined
    ? null
    : { span: spanId(span), sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

interface Operation {
  readonly traceId: TraceId;
  readonly traceparent?: unknown;
}

/**
 * The first span of a sampled operation, which passed every limit; null if it is not sampled. Its name has a field of
 * the schema, and no text of the client: neither the name of the operation nor an alias.
 */
export function startOperationSpan(
  { tracer, sampled }: OperationTracing,
  { traceId: trace, traceparent }: Operation,
  transport: string,
  document: DocumentNode,
  operationName: string | null | undefined,
): Span | null {
  const caller = callerOf(traceparent);
  if (!sampled(caller?.sampled ?? null)) return null;
  const operation = getOperationAST(document, operationName);
  const type = operation?.operation ?? 'query';
  const first = operation?.selectionSet.selections[0];
  return tracer.start(first?.kind === Kind.FIELD ? `${type} ${first.name.value}` : type, {
    kind: 'server',
    traceId: trace,
    parent: caller?.span,
    attributes: { 'graphql.operation.type': type, 'madang.transport': transport },
  });
}
