import type { ExecutionResult } from 'graphql';
import type { UserId } from '../engine/domain/ids.js';
import type { End, Sink, Subscriber } from '../engine/fan-out/subscriber.js';
import type { Delivered } from '../server/delivered.js';
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
 * A subscription whose results are written to the sink, together with those of others. The iteration yields nothing,
 * and only reports when and how the subscription ended. A transport may be notified of the end instead (`Delivered`).
 */
export const delivered = ({ context: { signal }, sink, userId, subscribe, failureOf }: DeliveryOptions): Results =>
  new DeliveredResults(userId, sink, signal, failureOf, subscribe);

const DONE = { done: true, value: undefined } as const;
const nobody = (): void => undefined;

/*
 * Results and subscriber in one object, with methods that cost nothing in each: there are tens of thousands, for as
 * long as their subscriptions last. `#subscribe` closes over the context with its loaders, the arguments, the query: it
 * is dropped once it was called.
 */
class DeliveredResults implements Results, Subscriber, Delivered {
  #subscribe: DeliveryOptions['subscribe'] | null;
  #cancelSubscription = nobody;
  #isOver = false;
  #tell: (failure: Error | null) => void = nobody;

  constructor(
    readonly userId: UserId,
    readonly sink: Sink,
    readonly signal: AbortSignal,
    readonly failureOf: DeliveryOptions['failureOf'],
    subscribe: DeliveryOptions['subscribe'],
  ) {
    this.#subscribe = subscribe;
  }

  start(ended: (failure: Error | null) => void): void {
    const subscribe = this.#subscribe;
    this.#subscribe = null;
    if (!subscribe || this.signal.aborted) return ended(null);
    this.#tell = ended;
    try {
      const subscription = subscribe(this);
      if (subscription) endFailed(subscription, this);
    } catch (error) {
      this.ended({ reason: 'failed', error });
    }
  }

  cancel(): void {
    this.#subscribe = null;
    const isBegun = this.#tell !== nobody;
    this.#cancelSubscription();
    if (isBegun) this.ended({ reason: 'cancelled' });
  }

  began(cancel: () => void): void {
    this.#cancelSubscription = cancel;
    if (this.#isOver) cancel();
  }

  ended(end: End): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell(this.failureOf(end));
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    // Not before the transport asks for the first time: a client that ends its subscription before it was announced
    // must not be written to.
    const failure = await new Promise<Error | null>((ended) => this.start(ended));
    if (failure) throw failure;
    return DONE;
  }

  return(): Promise<IteratorResult<ExecutionResult, void>> {
    this.cancel();
    return Promise.resolve(DONE);
  }

  throw(error: unknown): Promise<IteratorResult<ExecutionResult, void>> {
    this.cancel();
    return Promise.reject(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function endFailed(subscription: Promise<void>, subscriber: Subscriber): void {
  subscription.catch((error: unknown) => subscriber.ended({ reason: 'failed', error }));
}
