import type { Offset } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { CommandRecord } from './command-log.js';
import { createConsumerHealth } from './consumer-health.js';
import { startPartitionWorker } from './partition-worker.js';

const record = (at: number): CommandRecord => ({
  offset: offset(at),
  unreadable: { reason: 'of a test', payload: '', key: null },
});
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A worker on a partition whose records are `records`, and whose checkpoint is the caller's. */
function open(handle: () => Promise<void>, assigned: () => Offset, records: readonly CommandRecord[]) {
  const health = createConsumerHealth();
  let idle: () => void = () => undefined;
  const waits = new Promise<void>((resolve) => (idle = resolve));
  const worker = startPartitionWorker({
    partition: 0,
    maxBatch: 10,
    queue: 'commands',
    health,
    log,
    drainMs: 1_000,
    forceMs: 1_000,
    backoff: { firstMs: 1, maxMs: 1 },
    handler: {
      assigned: () => Promise.resolve({ next: assigned(), mark: null }),
      handle,
      revoked: () => Promise.resolve(),
    },
    source: {
      locate: ({ next }) => Promise.resolve(next),
      read(from, _max, signal) {
        const found = records.filter(({ offset: at }) => at >= from);
        if (found.length > 0) return Promise.resolve(found);
        idle();
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve([]), { once: true }));
      },
      handled: () => undefined,
    },
  });
  return { health, worker, waits };
}

test('work that fails again and again is a problem until it is done', async () => {
  let handled = 0;
  let problems: readonly string[] = [];
  const { health, worker, waits } = open(
    () => {
      handled++;
      problems = health.problems();
      return Promise.reject(new Error('the answer to the commit was lost'));
    },
    // The eleventh attempt was stored.
    () => offset(handled < 11 ? 5 : 6),
    [record(5)],
  );
  await waits;
  expect(handled).toBe(11);
  expect(problems).toEqual(['work on partition 0 of commands fails again and again: see the log']);
  expect(health.problems()).toEqual([]);
  await worker.end('give-up');
});

test('it stays a problem while it stands where it failed', async () => {
  let handled = 0;
  let many: () => void = () => undefined;
  const failing = new Promise<void>((resolve) => (many = resolve));
  const { health, worker } = open(
    () => {
      if (++handled === 20) many();
      return Promise.reject(new Error('no room'));
    },
    () => offset(5),
    [record(5)],
  );
  await failing;
  expect(health.problems()).toHaveLength(1);
  await worker.end('lost');
  expect(health.problems()).toEqual([]);
});
