import { createRequire } from 'node:module';

interface Connection {
  readonly requestQueue: { rejectAll(error: Error): void };
}

interface ConsumerGroup {
  maxWaitTime: number;
  readonly cluster: {
    readonly brokerPool: {
      readonly brokers: Readonly<Record<string, { readonly connectionPool: { readonly pool: readonly Connection[] } }>>;
    };
  };
  paused(): readonly unknown[];
}

interface Runner {
  readonly running: boolean;
  readonly consumerGroup: ConsumerGroup;
  fetch(nodeId: string): Promise<unknown[]>;
  stop(): Promise<void>;
}

const { prototype: runner } = createRequire(import.meta.url)('kafkajs/src/consumer/runner.js') as {
  readonly prototype: Runner;
};

/**
 * How long the broker holds an empty fetch. Heartbeats are sent between fetches only, so this is also their interval.
 */
export const LONG_POLL_MS = 1_000;
/** While a partition is paused: the fetch under way delays its resumption. */
const SHORT_POLL_MS = 250;
/** The connection of a pool that kafkajs fetches on; the other requests have one of their own. */
const FETCHING = 1;

const { fetch, stop } = runner;

/**
 * kafkajs 2.2.4: a consumer that is stopped while it switches to other brokers starts fetching again, and each fetch
 * returns empty because it is stopped. That loop never leaves the microtasks: nothing else runs in the process, not
 * even the timer that forces a stop. With this patch the fetch of a stopped consumer throws, and the loop ends like
 * after any failed fetch.
 */
runner.fetch = async function (nodeId) {
  if (!this.running) throw new Error('the consumer is stopped');
  this.consumerGroup.maxWaitTime = this.consumerGroup.paused().length > 0 ? SHORT_POLL_MS : LONG_POLL_MS;
  return fetch.call(this, nodeId);
};

/** A stop would wait for the end of the fetch under way, and so would the end of its connection. */
runner.stop = function () {
  const stopped = stop.call(this);
  for (const { connectionPool } of Object.values(this.consumerGroup.cluster.brokerPool.brokers))
    connectionPool.pool[FETCHING]?.requestQueue.rejectAll(new Error('the consumer is stopped'));
  return stopped;
};
