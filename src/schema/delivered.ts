import type { ExecutionResult } from 'graphql';
import type { UserId } from '../engine/domain/ids.js';
import type { End, Sink, Subscriber } from '../engine/fan-out/subscriber.js';
import { iteration } from '../engine/runtime/iteration.js';
import type { ApiContext } from './context.js';

export type Results = AsyncGenerator<ExecutionResult, void, void>;

export interface DeliveryOptions {
  readonly context: ApiContext;
  readonly sink: Sink;
  readonly userId: UserId;
  /** Adds the subscriber to its group. Called once, when the transport asks for the first time. */
  readonly subscribe: (subscriber: Subscriber) => Promise<void> | void;
  /** The client's error for an end; null where the end is no error. */
  readonly failureOf: (end: End) => Error | null;
}

/**
 * A subscription whose results are written to the sink, together with those of others. The iterator yields nothing, and
 * only reports when and how the subscription ended.
 */
export function delivered({ context: { signal }, sink, userId, subscribe, failureOf }: DeliveryOptions): Results {
  const ending = new AbortController();
  const abort = (): void => ending.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();

  // Not before the transport asks for the first time: a client that ends its subscription before it was announced must
  // not be written to.
  let over: Promise<End> | undefined;
  const started = (): Promise<End> =>
    new Promise<End>((ended) => {
      const begin = async (): Promise<void> => subscribe({ userId, sink, signal: ending.signal, ended });
      begin().catch((error: unknown) => ended({ reason: 'failed', error }));
    });

  return iteration({
    async next() {
      if (!over && ending.signal.aborted) return undefined;
      const first = over === undefined;
      over ??= started();
      const end = await over;
      signal.removeEventListener('abort', abort);
      const failure = first ? failureOf(end) : null;
      if (failure) throw failure;
      return undefined;
    },
    end() {
      signal.removeEventListener('abort', abort);
      abort();
    },
  });
}
