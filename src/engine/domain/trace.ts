import { randomBytes } from 'node:crypto';
import type { SpanId, TraceId } from './ids.js';
import { traceId } from './ids.js';

const BYTES = 16;
const AT_ONCE = 256;

let drawn = Buffer.alloc(0);
let used = 0;

/** A new trace id: 16 random bytes. They are drawn in bulk, since each draw is expensive. */
export function newTraceId(): TraceId {
  if (used === drawn.length) {
    drawn = randomBytes(BYTES * AT_ONCE);
    used = 0;
  }
  return traceId(drawn.toString('hex', used, (used += BYTES)));
}

/** Of a sampled span: https://www.w3.org/TR/trace-context/ */
export const traceparentOf = (trace: TraceId, span: SpanId): string => `00-${trace}-${span}-01`;
