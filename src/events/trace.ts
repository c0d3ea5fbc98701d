import { randomBytes } from 'node:crypto';
import type { TraceId } from './ids.js';
import { traceId } from './ids.js';

/** A new trace: 16 random bytes. */
export const newTraceId = (): TraceId => traceId(randomBytes(16).toString('hex'));
