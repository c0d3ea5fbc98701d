import fc from 'fast-check';
import { pino } from 'pino';
import type { LogEntry, RecordedEvent } from '../domain/event.js';
import type { Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { PartitionReader, PartitionReaderOptions } from './partition-reader.js';
import { readPartition } from './partition-reader.js';
import { RedisAwayError } from '../redis/errors.js';

const logger = pino({ level: 'silent' });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const eventAt = (at: number): RecordedEvent => ({ position: position(at) }) as RecordedEvent;
const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);
const batch = (head: number, positions: readonly number[] = []) => ({
  partition: 0,
  epoch: null,
  head: position(head),
  events: positions.map(eventAt),
  receipts: [],
});

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !holds();) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

/** The store’s `readEntries` over an array, and a consumer that stores its checkpoint with the delivered events. */
function setup(more: Partial<PartitionReaderOptions> = {}) {
  const log: string[] = [];
  const given: number[] = [];
  const site = {
    /** The last position that the store shows. */
    stored: 1e6,
    checkpoint: 0,
    readFromStore: 0,
    log,
    given,
    keep(events: readonly LogEntry[]) {
      for (const event of events) given.push(event.position);
      site.checkpoint = events.at(-1)?.position ?? site.checkpoint;
    },
  };
  const options: PartitionReaderOptions = {
    partition: 0,
    store: {
      readEntries: async (_partition, after, limit) => {
        await turn();
        const found = range(after + 1, Math.min(after + limit, site.stored));
        site.readFromStore += found.length;
        return found.map(eventAt);
      },
    },
    start: () => {
      log.push('start');
      return Promise.resolve(position(site.checkpoint));
    },
    maxBatch: 10,
    deliver: (events) => {
      log.push('deliver');
      site.keep(events);
    },
    logger,
    ...more,
  };
  return { site, reader: readPartition(options) };
}

type Step =
  | { readonly do: 'batch'; readonly positions: readonly number[]; readonly beyond: number }
  | { readonly do: 'head' | 'grown'; readonly head: number }
  | { readonly do: 'restart' | 'turn' };

const LAST = 120;
const place = fc.integer({ min: 1, max: LAST });
const step: fc.Arbitrary<Step> = fc.oneof(
  // A decided batch as it should come, and events that no feed should bring: shuffled, doubled, with gaps.
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('batch' as const),
      positions: fc.tuple(place, fc.nat(30)).map(([from, n]) => range(from, Math.min(LAST, from + n))),
      beyond: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('batch' as const),
      positions: fc.array(place, { maxLength: 20 }),
      beyond: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('head' as const, 'grown' as const), head: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);

function take(reader: PartitionReader, site: { stored: number }, each: Step): Promise<unknown> | void {
  switch (each.do) {
    case 'batch': {
      const head = Math.min(LAST, Math.max(0, ...each.positions) + each.beyond);
      site.stored = Math.max(site.stored, head);
      return reader.offer(batch(head, each.positions));
    }
    case 'head':
      site.stored = Math.max(site.stored, each.head);
      return reader.offer(batch(each.head));
    case 'grown':
      site.stored = Math.max(site.stored, each.head);
      return reader.grown(position(each.head));
    case 'restart':
      return reader.restart();
    case 'turn':
      return turn();
    default:
      return each satisfies never;
  }
}

test('every event is delivered once and in order, for any feed and failed deliveries', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      // The delivery that fails, and the number of events that it applies before.
      fc.uniqueArray(fc.record({ delivery: fc.nat(8), after: fc.nat(12) }), {
        maxLength: 2,
        selector: ({ delivery }) => delivery,
      }),
      fc.integer({ min: 1, max: 40 }),
      async (steps, faults, maxBatch) => {
        let deliveries = 0;
        let running = 0;
        const { site, reader } = setup({
          maxBatch,
          deliver: async (events) => {
            const fault = faults.find(({ delivery }) => delivery === deliveries);
            deliveries++;
            expect(++running).toBe(1);
            expect(events.length).toBeGreaterThan(0);
            expect(events.length).toBeLessThanOrEqual(maxBatch);
            await turn();
            running--;
            site.keep(fault ? events.slice(0, fault.after) : events);
            if (fault) throw new Error('a fault half-way');
          },
        });
        site.stored = 0;
        for (const each of steps) await take(reader, site, each);
        site.stored = LAST;
        reader.grown(position(LAST));
        await until(() => reader.position === LAST);
        await reader.stop();
        expect(site.given).toEqual(range(1, LAST));
        expect(reader.head).toBe(LAST);
      },
    ),
    { numRuns: 100 },
  );
});

test('events that the feed brings in order are not read from the store', async () => {
  const { site, reader } = setup();
  await turn();
  for (let at = 1; at <= 200; at += 2) reader.offer(batch(at + 1, [at, at + 1]));
  await until(() => reader.position === 200);
  await reader.stop();
  expect(site.given).toEqual(range(1, 200));
  expect(site.readFromStore).toBe(0);
});

test('the reader waits for an event that the store does not show yet', async () => {
  const { site, reader } = setup();
  site.stored = 3;
  reader.grown(position(5));
  await until(() => site.given.length === 3);
  expect(reader.position).toBe(3);
  site.stored = 5;
  await until(() => reader.position === 5);
  await reader.stop();
  expect(site.given).toEqual([1, 2, 3, 4, 5]);
});

test('batches that come before the start are kept up to a bound, then read', async () => {
  const began = gate();
  const { site, reader } = setup({
    maxBatch: 1_000,
    start: async () => {
      await began.passed;
      return position(0);
    },
  });
  for (let at = 1; at <= 10_000; at += 10) reader.offer(batch(at + 9, range(at, at + 9)));
  began.open();
  await until(() => reader.position === 10_000);
  await reader.stop();
  expect(site.given).toEqual(range(1, 10_000));
  expect(site.readFromStore).toBeGreaterThanOrEqual(6_000);
});

describe('after restart() the start is asked before the next delivery', () => {
  test('while it waits for a batch', async () => {
    const { site, reader } = setup();
    await turn();
    reader.restart();
    await until(() => site.log.length === 2);
    reader.offer(batch(1, [1]));
    await until(() => reader.position === 1);
    await reader.stop();
    expect(site.log).toEqual(['start', 'start', 'deliver']);
  });

  test('while it reads from the store', async () => {
    const reading = gate();
    const mayRead = gate();
    const { site, reader } = setup({
      store: {
        readEntries: async (_partition, after, limit) => {
          reading.open();
          await mayRead.passed;
          return range(after + 1, Math.min(5, after + limit)).map(eventAt);
        },
      },
    });
    reader.grown(position(5));
    await reading.passed;
    site.checkpoint = 2;
    reader.restart();
    mayRead.open();
    await until(() => reader.position === 5);
    await reader.stop();
    expect(site.log).toEqual(['start', 'start', 'deliver']);
    expect(site.given).toEqual([3, 4, 5]);
  });

  test('while it asks for the start', async () => {
    const asked = gate();
    const answers: ((at: Position) => void)[] = [];
    const { site, reader } = setup({
      start: () => {
        asked.open();
        return new Promise((resolve) => answers.push(resolve));
      },
    });
    site.stored = 4;
    reader.grown(position(4));
    await asked.passed;
    reader.restart();
    answers[0]!(position(0));
    await until(() => answers.length === 2);
    answers[1]!(position(3));
    await until(() => reader.position === 4);
    await reader.stop();
    expect(site.given).toEqual([4]);
  });

  test('a checkpoint that went back to the beginning brings everything again', async () => {
    const { site, reader } = setup();
    site.stored = 25;
    reader.offer(batch(25, range(1, 25)));
    await until(() => reader.position === 25);
    site.checkpoint = 0;
    reader.restart();
    await until(() => site.given.length === 50);
    await reader.stop();
    expect(site.given).toEqual([...range(1, 25), ...range(1, 25)]);
  });
});

describe('stop() ends it', () => {
  test('while it waits for a batch', async () => {
    const { site, reader } = setup();
    await turn();
    await reader.stop();
    reader.offer(batch(3, [1, 2, 3]));
    reader.restart();
    await turn();
    await reader.stop();
    expect(site.log).toEqual(['start']);
  });

  test('while it asks for the start', async () => {
    const began = gate();
    const { site, reader } = setup({ start: () => began.passed.then(() => position(0)) });
    reader.offer(batch(1, [1]));
    const stopped = reader.stop();
    began.open();
    await stopped;
    expect(site.given).toEqual([]);
  });

  test('while it reads from the store, without delivering what it read', async () => {
    const reading = gate();
    const mayRead = gate();
    const { site, reader } = setup({
      store: {
        readEntries: async () => {
          reading.open();
          await mayRead.passed;
          return [eventAt(1)];
        },
      },
    });
    reader.grown(position(1));
    await reading.passed;
    const stopped = reader.stop();
    mayRead.open();
    await stopped;
    expect(site.given).toEqual([]);
  });

  test('after the running delivery', async () => {
    const delivering = gate();
    const mayEnd = gate();
    let ended = false;
    const { reader } = setup({
      maxBatch: 1,
      deliver: async () => {
        delivering.open();
        await mayEnd.passed;
        ended = true;
      },
    });
    reader.grown(position(9));
    await delivering.passed;
    const stopped = reader.stop();
    mayEnd.open();
    await stopped;
    expect(ended).toBe(true);
    expect(reader.position).toBe(1);
  });

  test('while it pauses after a failure', async () => {
    let failures = 0;
    const { reader } = setup({
      deliver: () => {
        failures++;
        throw new Error('always');
      },
    });
    reader.grown(position(1));
    await until(() => failures === 3);
    await reader.stop();
    expect(failures).toBe(3);
  });

  test('while the start cannot be had', async () => {
    let asked = 0;
    const { reader } = setup({
      start: () => {
        asked++;
        return Promise.reject(new Error('away'));
      },
    });
    await until(() => asked === 2);
    await reader.stop();
    expect(asked).toBe(2);
  });
});

test('a store that reported that it is away is not logged for each try', async () => {
  const lines: string[] = [];
  const capturing = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const failing = async (error: Error): Promise<number> => {
    let tries = 0;
    const start = async (): Promise<Position> => {
      tries++;
      throw error;
    };
    const { reader } = setup({ logger: capturing, start });
    await until(() => tries >= 3);
    await reader.stop();
    return lines.splice(0).length;
  };
  expect(await failing(new RedisAwayError('Redis is away'))).toBe(0);
  expect(await failing(new Error('something else'))).toBeGreaterThanOrEqual(2);
});

test('a log that goes back during a delivery is followed from there', async () => {
  const delivering = gate();
  const starting = gate();
  let [starts, checkpoint] = [0, 0];
  const { site, reader } = setup({
    start: async () => {
      if (starts++ > 0) await starting.passed;
      return position(checkpoint);
    },
    deliver: async (events) => {
      site.keep(events);
      await delivering.passed;
    },
  });
  reader.offer(batch(8, range(1, 8)));
  await until(() => site.given.length === 8);
  reader.forked(position(3));
  checkpoint = 3;
  site.stored = 3;
  expect([reader.position, reader.head]).toEqual([0, 3]);
  delivering.open();
  await until(() => starts === 2);
  expect([reader.position, reader.head]).toEqual([0, 3]);
  starting.open();
  await until(() => reader.position === 3);
  site.stored = 4;
  reader.offer(batch(4, [4]));
  await until(() => reader.position === 4);
  expect(site.given).toEqual([...range(1, 8), 4]);
  await reader.stop();
});
