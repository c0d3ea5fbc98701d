import type { Span, Tracer } from '../runtime/tracing.js';
import { codeOf, startBatchSpan } from '../runtime/tracing.js';
import type { Run } from './runs.js';

/** A span for one execution of a group, however many subscribers it has. Null without a sampled event. */
export const startPushSpan = (tracer: Tracer, { shown }: Run): Span | null =>
  startBatchSpan(tracer, 'push events', 'producer', shown, () => ({
    'madang.partition': shown[0]!.partition,
    'madang.position': shown.at(-1)!.position,
    'madang.events': shown.length,
  }));

export async function endedOnFailure<T>(span: Span, executed: Promise<T>): Promise<T> {
  try {
    return await executed;
  } catch (error) {
    span.failed(codeOf(error));
    span.end();
    throw error;
  }
}

export function endPushSpan(span: Span, subscribers: number): void {
  span.set({ 'madang.subscribers': subscribers });
  span.end();
}
