import { createRequire } from 'node:module';

interface Runner {
  readonly running: boolean;
  fetch(nodeId: string): Promise<unknown[]>;
}

const { prototype: runner } = createRequire(import.meta.url)('kafkajs/src/consumer/runner.js') as {
  readonly prototype: Runner;
};

/**
 * kafkajs 2.2.4: a consumer that is stopped in the moment in which it takes up other brokers begins to fetch anew, and
 * each fetch is answered with nothing because it is stopped. That loop never leaves the microtasks: nothing else runs
 * in the process any more, not even the timer that ends a stop by force. From here on the fetch of a stopped consumer
 * fails, and the loop ends as with any other fetch that fails.
 */
const fetch = runner.fetch;
runner.fetch = async function (nodeId) {
  if (!this.running) throw new Error('the consumer is stopped');
  return fetch.call(this, nodeId);
};
