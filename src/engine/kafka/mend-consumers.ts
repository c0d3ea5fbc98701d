import { createRequire } from 'node:module';

interface Runner {
  readonly running: boolean;
  fetch(nodeId: string): Promise<unknown[]>;
}

const { prototype: runner } = createRequire(import.meta.url)('kafkajs/src/consumer/runner.js') as {
  readonly prototype: Runner;
};

/**
 * kafkajs 2.2.4: a consumer that is stopped while it switches to other brokers starts fetching again, and each fetch
 * returns empty because it is stopped. That loop never leaves the microtasks: nothing else runs in the process, not
 * even the timer that forces a stop. With this patch the fetch of a stopped consumer throws, and the loop ends like
 * after any failed fetch.
 */
const fetch = runner.fetch;
runner.fetch = async function (nodeId) {
  if (!this.running) throw new Error('the consumer is stopped');
  return fetch.call(this, nodeId);
};
