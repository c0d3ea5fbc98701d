import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<number, InFlight>;
  readonly enforceRequestTimeout: boolean;
  requestTimeoutIntervalId?: NodeJS.Timeout;
  isConnected(): boolean;
  destroy(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
}

interface InFlight {
  readonly sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

const { prototype: queue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
  readonly prototype: RequestQueue;
};

/** A tenth of the shortest timeout of a request. */
const CHECK_MS = 500;

/**
 * kafkajs 2.2.4 sets a timer after every answer, in case requests wait, and computes a negative time for it: an extra
 * turn of the event loop for each answer, and a warning of Node.js 24. With this patch the timer is set only where
 * requests wait. One that comes later looks by itself whether it may be sent.
 */
const scheduleCheck = queue.scheduleCheckPendingRequests;
queue.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0) scheduleCheck.call(this);
};

/** kafkajs wakes the process ten times a second for each connection, to look for requests without an answer. */
queue.scheduleRequestTimeoutCheck = function () {
  if (!this.enforceRequestTimeout) return;
  this.destroy();
  this.requestTimeoutIntervalId = setInterval(() => {
    for (const request of this.inflight.values())
      if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
    if (!this.isConnected()) this.destroy();
  }, CHECK_MS);
};
