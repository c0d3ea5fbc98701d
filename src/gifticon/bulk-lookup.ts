import { createBatcher } from '../engine/runtime/batching.js';
import { settlesWithin } from '../engine/runtime/deadline.js';
import { isLogError } from '../engine/log/command-log.js';

/** The store did not answer in time. The code is that of a timed-out connection: the caller may try again. */
export class LateAnswerError extends Error {
  readonly code = 'ETIMEDOUT';
}

/** Collects lookups, and asks the store in batches. */
export interface BulkLookup<K, V> {
  /**
   * Undefined: the store has nothing under this key.
   * @throws {LateAnswerError} and the store's own errors
   */
  find(key: K): Promise<V | undefined>;
}

export interface BulkLookupOptions<K, V> {
  /** Called with distinct keys, one call at a time: lookups that come meanwhile go into the next call. */
  load(keys: readonly K[]): Promise<ReadonlyMap<K, V>>;
  readonly maxKeys: number;
  /** The longest wait of a lookup for its call to begin, and then for the answer. */
  readonly timeoutMs: number;
}

/** How long an unanswered call blocks the next one: its connection may be dead, and the next one alive. */
const HANG_MS = 5_000;

/** @throws {LateAnswerError} where the store takes longer; its late answer is dropped */
export async function answerInTime<T>(ms: number, work: Promise<T>): Promise<T> {
  if (!(await settlesWithin(work, ms))) throw new LateAnswerError('the store did not answer in time: ask again');
  return work;
}

/** One timer for many lookups, and one call at a time: a store that hangs must not collect unanswered calls. */
export function createBulkLookup<K, V>({ load, maxKeys, timeoutMs }: BulkLookupOptions<K, V>): BulkLookup<K, V> {
  let hanging: { readonly until: number } | null = null;

  const flush = async (keys: readonly K[]): Promise<readonly (V | undefined)[]> => {
    if (hanging && performance.now() < hanging.until)
      throw new LateAnswerError('the store does not answer: ask again in a moment');
    const call = { until: performance.now() + HANG_MS };
    const loading = load([...new Set(keys)]).finally(() => {
      if (hanging === call) hanging = null;
    });
    hanging = call;
    const found = await answerInTime(timeoutMs, loading);
    return keys.map((key) => found.get(key));
  };
  const batcher = createBatcher({
    flush,
    maxItems: maxKeys,
    maxBytes: maxKeys,
    maxQueued: 20_000,
    maxWaitMs: timeoutMs,
    refused: () => new LateAnswerError('too many lookups wait for the store: ask again in a moment'),
  });

  return {
    async find(key) {
      try {
        return await batcher.push(key, 1);
      } catch (error) {
        throw isLogError(error)
          ? new LateAnswerError('the log does not answer: ask again in a moment', { cause: error })
          : error;
      }
    },
  };
}
