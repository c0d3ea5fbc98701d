import { createRequire } from 'node:module';
import './mend-consumers.js';

const requireOf = createRequire(import.meta.url);
const Runner = requireOf('kafkajs/src/consumer/runner.js') as new (options: object) => RunnerOfKafkajs;

interface RunnerOfKafkajs {
  start(): Promise<void>;
  stop(): Promise<void>;
  running: boolean;
  fetch(nodeId: string): Promise<unknown[]>;
}

const nothing = (): undefined => undefined;
const logger = { namespace: () => logger, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A consumer whose broker answers a fetch only when the test lets it. */
function openRunner(paused: () => readonly unknown[] = () => []) {
  let begun!: () => void;
  const fetching = new Promise<void>((resolve) => (begun = resolve));
  const underWay: ((error: Error) => void)[] = [];
  const requestQueue = { rejectAll: (error: Error) => underWay.forEach((reject) => reject(error)) };
  const consumerGroup = {
    maxWaitTime: 0,
    cluster: { brokerPool: { brokers: { 1: { connectionPool: { pool: [{}, { requestQueue }] } } } } },
    paused,
    connect: () => Promise.resolve(),
    joinAndSync: () => Promise.resolve(),
    leave: () => Promise.resolve(),
    heartbeat: () => Promise.resolve(),
    getNodeIds: () => ['1'],
    fetch() {
      begun();
      return new Promise<never>((_, reject) => underWay.push(reject));
    },
  };
  const runner = new Runner({
    logger,
    consumerGroup,
    instrumentationEmitter: { emit: nothing },
    onCrash: nothing,
    heartbeatInterval: 1_000,
    retry: { initialRetryTime: 1 },
    eachBatch: () => Promise.resolve(),
  });
  return { runner, consumerGroup, fetching };
}

test('a consumer that waits for records stops without an answer of the broker', async () => {
  const { runner, fetching } = openRunner();
  await runner.start();
  await fetching;
  await runner.stop();
  expect(runner.running).toBe(false);
});

test('a fetch waits a quarter as long while a partition is paused', async () => {
  let paused: readonly unknown[] = [];
  const { runner, consumerGroup, fetching } = openRunner(() => paused);
  await runner.start();
  await fetching;
  expect(consumerGroup.maxWaitTime).toBe(1_000);
  paused = [{ topic: 'events', partitions: [1] }];
  const second = runner.fetch('1').catch(nothing);
  expect(consumerGroup.maxWaitTime).toBe(250);
  await runner.stop();
  await second;
});
