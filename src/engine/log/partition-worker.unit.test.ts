import { offset } from '../domain/ids.js';
import type { CommandBatch, CommandRecord } from './command-log.js';
import { createConsumerHealth } from './consumer-health.js';
import { startPartitionWorker } from './partition-worker.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const record = (at: number): CommandRecord => ({
  offset: offset(at),
  unreadable: { reason: 'why', payload: '', key: null },
});

function gate() {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

/** A worker on an endless log, whose handler waits at a gate in each batch. */
function openSite() {
  const calls: string[] = [];
  const gates = [0, 1, 2].map(gate);
  const begun = [0, 1, 2].map(gate);
  let batches = 0;
  const worker = startPartitionWorker({
    partition: 0,
    maxBatch: 2,
    queue: 'commands',
    log,
    health: createConsumerHealth(),
    drainMs: 60_000,
    forceMs: 60_000,
    handler: {
      async assigned() {
        calls.push('assigned');
        return { next: offset(0), mark: null };
      },
      async handle({ records }: CommandBatch) {
        const turn = batches++;
        calls.push(`handle ${records.map((each) => each.offset).join(' ')}`);
        begun[turn]!.open();
        await gates[turn]!.passed;
      },
      async revoked() {
        calls.push('revoked');
      },
    },
    source: {
      locate: async ({ next }) => next,
      read: async (from) => [record(from), record(from + 1)],
      handled: (next) => void calls.push(`handled ${next}`),
    },
  });
  return { calls, gates, begun, worker };
}

test('a batch whose signal was aborted does not count as handled', async () => {
  const { calls, gates, begun, worker } = openSite();
  await begun[0]!.passed;
  worker.again();
  gates[0]!.open();
  await begun[1]!.passed;
  expect(calls).toEqual(['assigned', 'handle 0 1', 'assigned', 'handle 0 1']);
  const ended = worker.end('lost');
  gates[1]!.open();
  await ended;
  expect(calls.slice(4)).toEqual(['revoked']);
});

test('a batch that ends within the grace time counts as handled, and no other begins', async () => {
  const { calls, gates, begun, worker } = openSite();
  await begun[0]!.passed;
  gates[0]!.open();
  await begun[1]!.passed;
  const ended = worker.end('give-up');
  gates[1]!.open();
  await ended;
  expect(calls).toEqual(['assigned', 'handle 0 1', 'handled 2', 'handle 2 3', 'handled 4', 'revoked']);
});
