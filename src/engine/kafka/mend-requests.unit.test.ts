import { createRequire } from 'node:module';
import { jest } from '../../../test/support/fake-timers.js';
import './mend-requests.js';

const requireOf = createRequire(import.meta.url);
const RequestQueue = requireOf('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;

interface Queue {
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
  push(request: object): void;
  fulfillRequest(answer: object): void;
  maybeThrottle(ms: number): void;
  scheduleRequestTimeoutCheck(): void;
  destroy(): void;
}

const logger = { debug: () => undefined, warn: () => undefined };

function openQueue(options: object = {}) {
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 5_000,
    enforceRequestTimeout: true,
    clientId: 'test',
    broker: 'broker:9092',
    logger,
    ...options,
  });
  const sent: number[] = [];
  const rejected: string[] = [];
  const push = (correlationId: number): void =>
    queue.push({
      entry: {
        apiKey: 1,
        apiName: 'Fetch',
        apiVersion: 11,
        correlationId,
        resolve: () => undefined,
        reject: ({ name }: Error) => rejected.push(name),
      },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  const answer = (correlationId: number): void => queue.fulfillRequest({ correlationId, payload: null, size: 0 });
  return { queue, sent, rejected, push, answer };
}

afterEach(() => {
  jest.useRealTimers();
});

test('an answer leaves no timer where no request waits', () => {
  const { queue, push, answer } = openQueue();
  push(1);
  answer(1);
  expect(queue.throttleCheckTimeoutId).toBeNull();
});

test('a waiting request is sent with the answer to the one before', () => {
  const { queue, sent, push, answer } = openQueue();
  push(1);
  push(2);
  expect(sent).toEqual([1]);
  answer(1);
  expect(sent).toEqual([1, 2]);
  queue.destroy();
});

test('a request that the broker delays is sent after the delay', () => {
  jest.useFakeTimers();
  const { queue, sent, push } = openQueue();
  queue.maybeThrottle(300);
  push(1);
  jest.advanceTimersByTime(299);
  expect(sent).toEqual([]);
  jest.advanceTimersByTime(20);
  expect(sent).toEqual([1]);
});

test('a request without an answer is rejected after its timeout', () => {
  jest.useFakeTimers();
  const { queue, rejected, push } = openQueue();
  queue.scheduleRequestTimeoutCheck();
  push(1);
  jest.advanceTimersByTime(5_000);
  expect(rejected).toEqual([]);
  jest.advanceTimersByTime(600);
  expect(rejected).toEqual(['KafkaJSRequestTimeoutError']);
  queue.destroy();
});
