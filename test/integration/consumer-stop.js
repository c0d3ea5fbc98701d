// A consumer of kafkajs that is stopped in the moment in which it takes up other brokers. Run by
// kafka-consumer-stop.int.test.ts, in a process that it may hang.
import { createRequire } from 'node:module';

if (process.argv[2] === 'mended') await import('../../dist/engine/kafka/connection.js');
const require = createRequire(import.meta.url);
const Runner = require('kafkajs/src/consumer/runner.js');
const { createLogger, LEVELS } = require('kafkajs/src/loggers/index.js');
const InstrumentationEventEmitter = require('kafkajs/src/instrumentation/emitter.js');

const logger = createLogger({ level: LEVELS.NOTHING, logCreator: () => () => undefined });
let looks = 0;
/** @type {Promise<void> | undefined} */
let stopping;
const consumerGroup = {
  cluster: { brokerPool: { brokers: {} } },
  paused: () => [],
  connect: async () => undefined,
  joinAndSync: async () => undefined,
  leave: async () => undefined,
  heartbeat: async () => undefined,
  fetch: async () => [],
  // First to make fetchers for one broker, then with the first fetch, where there are two; then to make fetchers for
  // both.
  getNodeIds() {
    looks++;
    if (looks === 3) stopping = runner.stop();
    return looks === 1 ? ['1'] : ['1', '2'];
  },
};
const runner = new Runner({
  logger,
  consumerGroup,
  instrumentationEmitter: new InstrumentationEventEmitter(),
  onCrash(error) {
    throw error;
  },
  heartbeatInterval: 1_000,
  retry: {},
  eachBatch: async () => undefined,
});
await runner.start();
await new Promise((resolve) => setTimeout(resolve, 50));
await Promise.resolve(stopping);
process.stdout.write(`stopped ${looks >= 3}\n`);
