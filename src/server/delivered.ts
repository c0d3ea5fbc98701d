import type { ExecutionResult } from 'graphql';

/** Results that are written to the sink of their operation, beside an iteration that yields nothing. */
export interface Delivered {
  /**
   * Begins, in place of the first step of the iteration.
   * @param ended called once, with the failure to report: it costs less than an iteration that waits
   */
  start(ended: (failure: Error | null) => void): void;
  /** The client ends them. Idempotent. */
  cancel(): void;
}

export const isDelivered = (
  results: AsyncIterable<ExecutionResult>,
): results is AsyncIterable<ExecutionResult> & Delivered => 'start' in results && 'cancel' in results;
