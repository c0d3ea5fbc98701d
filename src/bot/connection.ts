import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { now } from './clock.js';
import { failureOf, failureOfSocket } from './failure.js';
import type { Failure } from './failure.js';
import { pauseMs } from './retry.js';

export interface Subscription<Data> {
  readonly query: string;
  /** Asked for at each attempt: it names where to resume. */
  readonly variables: () => Record<string, unknown>;
  readonly next: (data: Data) => void;
  /** It is about to subscribe again. `isPlanned`: the bot itself had cut the connection. */
  readonly resuming?: (isPlanned: boolean) => void;
  /** The server or the network ended it; it will subscribe again. */
  readonly interrupted: (failure: Failure) => void;
  /** It ended for good; without a failure it is complete. */
  readonly ended: (failure?: Failure) => void;
}

/** One user's WebSocket, opened when it is needed, with all of the user's subscriptions. */
export interface Connection {
  /** @returns a function that ends it */
  subscribe<Data>(subscription: Subscription<Data>): () => void;
  /** Breaks the connection without a goodbye; its subscriptions resume after that time. */
  cut(awayMs: number): void;
  close(): Promise<void>;
}

/** A subscription that stood this long begins its pauses anew. */
const STABLE_MS = 5_000;

export function openConnection(url: string, token: string): Connection {
  let socket: WebSocket | undefined;
  let awayUntil = 0;
  let isClosed = false;
  const timers = new Set<NodeJS.Timeout>();
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: { authorization: `Bearer ${token}` },
    // Resuming is done here: the library would begin again at the first `after`.
    retryAttempts: 0,
    webSocketImpl: WebSocket,
    on: {
      connected: (opened) => void (socket = opened as WebSocket),
      closed: () => void (socket = undefined),
    },
  });
  const after = (ms: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };

  return {
    subscribe<Data>(subscription: Subscription<Data>) {
      let attempt = 0;
      let isOver = false;
      let release: (() => void) | undefined;
      const finish = (failure?: Failure): void => {
        if (isOver) return;
        isOver = true;
        subscription.ended(failure);
      };
      const failed = (failure: Failure, stoodMs: number): void => {
        if (isOver || isClosed) return;
        const leftMs = awayUntil - now();
        const isPlanned = leftMs > 0;
        if (!isPlanned && !failure.isPassing) return finish(failure);
        if (!isPlanned) subscription.interrupted(failure);
        attempt = isPlanned || stoodMs > STABLE_MS ? 0 : attempt + 1;
        after(isPlanned ? leftMs : pauseMs(attempt, failure), () => start(isPlanned));
      };
      const start = (isPlanned: boolean): void => {
        if (isOver || isClosed) return;
        const leftMs = awayUntil - now();
        // It was cut again while it waited to resume.
        if (leftMs > 0) return after(leftMs, () => start(true));
        if (release) subscription.resuming?.(isPlanned);
        const began = now();
        release = client.subscribe<Data>(
          { query: subscription.query, variables: subscription.variables() },
          {
            next({ data, errors }) {
              if (isOver) return;
              if (!errors) return subscription.next(data!);
              release?.();
              failed(failureOf(errors), now() - began);
            },
            error: (error) => failed(failureOfSocket(error), now() - began),
            complete: () => finish(),
          },
        );
      };
      start(false);
      return () => {
        isOver = true;
        release?.();
      };
    },
    cut(awayMs) {
      awayUntil = now() + awayMs;
      socket?.terminate();
    },
    async close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      await client.dispose();
    },
  };
}
