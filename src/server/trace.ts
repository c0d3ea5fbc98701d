import { traceId } from '../engine/domain/ids.js';
import type { TraceId } from '../engine/domain/ids.js';
import { newTraceId } from '../engine/domain/trace.js';

/** https://www.w3.org/TR/trace-context/: version `ff` is forbidden, and so are ids of zeros alone. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/** The trace id from a request's `traceparent`, or a new one. */
export function traceOf(traceparent: unknown): TraceId {
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return given === undefined ? newTraceId() : traceId(given);
}
