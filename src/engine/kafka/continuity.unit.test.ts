import fc from 'fast-check';
import { createContinuity } from './continuity.js';
import type { LogMessage } from './record-batches.js';

const record = (offset: number, content = `c${offset}`, leaderEpoch = 0): LogMessage => ({
  offset: String(offset),
  key: Buffer.from('k'),
  value: Buffer.from(content),
  timestamp: '1700000000000',
  attributes: 0,
  headers: {},
  leaderEpoch,
});
const passed = (offset: number): LogMessage => ({ ...record(offset), value: null, passed: true });

/** A reader of a partition that is a list, with fetches of a fixed number of records. */
function open(log: LogMessage[], most = Infinity) {
  let at = 0;
  let low: number | undefined;
  let now = 0;
  let asked: Promise<void> = Promise.resolve();
  const others: string[] = [];
  const taken: number[] = [];
  const fetches: number[] = [];
  const begins = (): number => low ?? Number(log[0]?.offset ?? 0);
  const end = (): number => Math.max(low ?? 0, Number(log.at(-1)?.offset ?? -1) + 1);
  const continuity = createContinuity({
    fetching: { from: (offset) => void fetches.push((at = offset)) },
    async bounds() {
      const found = { low: begins(), high: end() };
      await asked;
      return found;
    },
    other: (why) => void others.push(why),
    now: () => now,
  });
  return {
    /** The broker answers only once this is called. */
    holdBroker() {
      let answer: () => void = () => undefined;
      asked = new Promise((resolve) => (answer = resolve));
      return answer;
    },
    continuity,
    others,
    taken,
    fetches,
    replace: (...messages: readonly LogMessage[]) => void log.splice(0, Infinity, ...messages),
    /** A fetch that was under way brings these. */
    bring: (...messages: readonly LogMessage[]) =>
      void taken.push(...continuity.take(messages, end()).map(({ offset }) => Number(offset))),
    /** Deletes the records below. */
    retain(from: number) {
      low = from;
      log.splice(0, Infinity, ...log.filter(({ offset }) => Number(offset) >= from));
    },
    wait: (ms: number) => void (now += ms),
    /** Like Kafka's client: out of range, it continues at the beginning. */
    fetch() {
      if (at > end() || at < begins()) at = begins();
      const messages = log.filter(({ offset }) => Number(offset) >= at).slice(0, most);
      if (messages.length === 0) return;
      at = Number(messages.at(-1)!.offset) + 1;
      taken.push(...continuity.take(messages, end()).map(({ offset }) => Number(offset)));
    },
  };
}

const records = (from: number, to: number, content?: string, leader?: number): LogMessage[] =>
  Array.from({ length: to - from }, (_, n) => record(from + n, content && `${content}${n}`, leader));

/** Gives the bounds of the partition. */
const brokerAnswered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('an unchanged partition continues after the place, each record once', () => {
  const log = records(0, 3);
  const reader = open(log);
  reader.continuity.begin(0, null);
  reader.fetch();
  const mark = reader.continuity.mark();
  const successor = open(log);
  log.push(...records(3, 5));
  successor.continuity.begin(3, mark);
  successor.fetch();
  expect([reader.taken, successor.taken, successor.others, successor.fetches]).toEqual([[0, 1, 2], [3, 4], [], [2]]);
});

test.each([
  ['made anew', records(0, 6, 'new')],
  ['cut off', [...records(0, 2), ...records(2, 6, 'new', 1)]],
  [
    'cut off at the place, with the same content at another time',
    [...records(0, 2), { ...record(2), timestamp: '1700000000001' }, ...records(3, 6)],
  ],
  ['cut off by two', records(0, 1)],
  ['cut off below by retention', records(4, 6)],
])('a log that was %s, and is taken up again, is another one', async (_how, now) => {
  const reader = open(records(0, 3));
  reader.continuity.begin(0, null);
  reader.fetch();
  const successor = open([...now]);
  successor.continuity.begin(3, reader.continuity.mark());
  for (let n = 0; n < 3; n++) {
    successor.fetch();
    await brokerAnswered();
  }
  expect([successor.taken, successor.others.length]).toEqual([[], 1]);
});

test('marks of transactions are no records, and no record may stand in their place', () => {
  const log = [...records(0, 2), passed(2)];
  const reader = open(log);
  reader.continuity.begin(0, null);
  reader.fetch();
  expect([reader.continuity.next(), reader.continuity.mark()?.offset]).toEqual([3, 1]);
  const mark = reader.continuity.mark();
  const same = open([...log, record(3)]);
  same.continuity.begin(3, mark);
  same.fetch();
  expect([same.taken, same.others]).toEqual([[3], []]);
  const other = open([...records(0, 2), record(2, 'new'), record(3)]);
  other.continuity.begin(3, mark);
  for (let n = 0; n < 2; n++) other.fetch();
  expect([other.taken, other.others.length]).toEqual([[], 1]);
});

describe('while it is read', () => {
  const following = () => {
    const reader = open(records(0, 3));
    reader.continuity.begin(0, null);
    reader.fetch();
    return reader;
  };

  test.each([
    ['under another leader, at once', 0, 1],
    ['under the same leader, after a while', 1_500, 0],
  ])('a log that was replaced and has grown past the place is another one: %s', (_when, ms, leader) => {
    const reader = following();
    reader.replace(...records(0, 6, 'new', leader));
    reader.wait(ms);
    for (let n = 0; n < 3; n++) reader.fetch();
    expect([reader.taken, reader.others.length]).toEqual([[0, 1, 2], 1]);
  });

  test.each([
    ['under another leader', 0, [1, 1]],
    ['under two other leaders', 0, [1, 2]],
    ['after an idle time, by fetches that take long each', 1_500, [0, 0]],
  ])('a record that comes %s, too large to be fetched with the one before, is taken', (_when, ms, [one, two]) => {
    const log = records(0, 3);
    const reader = open(log, 1);
    reader.continuity.begin(0, null);
    for (let n = 0; n < 3; n++) reader.fetch();
    log.push(record(3, 'a', one), record(4, 'b', two));
    for (let n = 0; n < 12; n++) {
      reader.wait(ms);
      reader.fetch();
    }
    expect([reader.taken, reader.others]).toEqual([[0, 1, 2, 3, 4], []]);
  });

  test('marks of transactions before the place end a comparison that brings them alone', () => {
    const log = [...records(0, 2), passed(2)];
    const reader = open(log, 1);
    reader.continuity.begin(0, null);
    for (let n = 0; n < 3; n++) reader.fetch();
    log.push(...records(3, 5, undefined, 1));
    for (let n = 0; n < 10; n++) {
      reader.wait(1_500);
      reader.fetch();
    }
    expect([reader.taken, reader.others]).toEqual([[0, 1, 2, 3, 4], []]);
  });

  test('a record seen before a comparison is taken after it only if it is the same', () => {
    const log = records(0, 3);
    const reader = open(log, 1);
    reader.continuity.begin(0, null);
    for (let n = 0; n < 3; n++) reader.fetch();
    log.push(record(3, 'a', 1));
    for (let n = 0; n < 2; n++) reader.fetch();
    reader.replace(...records(0, 2), record(2, 'new', 2), record(3, 'new', 2));
    for (let n = 0; n < 5; n++) reader.fetch();
    expect([reader.taken, reader.others.length]).toEqual([[0, 1, 2], 1]);
  });

  test('another leader that has everything changes nothing', () => {
    const reader = following();
    reader.replace(...records(0, 3), ...records(3, 6, undefined, 1));
    for (let n = 0; n < 2; n++) reader.fetch();
    expect([reader.taken, reader.others, reader.fetches]).toEqual([[0, 1, 2, 3, 4, 5], [], [0, 2]]);
  });

  test('for a partition that ends at the record before the place, the broker is asked', async () => {
    const reader = following();
    reader.replace(...records(0, 2, 'new'));
    reader.wait(5_000);
    await reader.continuity.idle(5_000);
    reader.fetch();
    expect([reader.fetches.at(-1), reader.taken, reader.others]).toEqual([2, [0, 1, 2], []]);
    await reader.continuity.idle(5_000);
    expect(reader.others).toEqual(['it ends at 2']);
  });

  test('it is compared while idle, and where the group was balanced anew', async () => {
    const reader = following();
    await reader.continuity.idle(5_000);
    expect(reader.fetches).toEqual([0]);
    reader.wait(5_000);
    await reader.continuity.idle(5_000);
    reader.fetch();
    expect([reader.fetches, reader.others]).toEqual([[0, 2], []]);
    expect(reader.continuity.again()).toBe(2);
    reader.replace(...records(0, 6, 'new'));
    for (let n = 0; n < 3; n++) reader.fetch();
    expect([reader.taken, reader.others.length]).toEqual([[0, 1, 2], 1]);
    expect(reader.continuity.again()).toBeUndefined();
  });

  test('records that come again are compared, and are no sign of another log', () => {
    const reader = following();
    reader.bring(...records(0, 3));
    reader.fetch();
    reader.replace(...records(0, 5));
    reader.fetch();
    expect([reader.taken, reader.others]).toEqual([[0, 1, 2, 3, 4], []]);
  });

  test('records of another log that begin before the place are not taken', () => {
    const reader = following();
    reader.replace(...records(0, 6, 'new'));
    reader.bring(...records(0, 6, 'new'));
    for (let n = 0; n < 2; n++) reader.fetch();
    expect([reader.taken, reader.others.length]).toEqual([[0, 1, 2], 1]);
  });

  test('a fetch that was under way when a comparison began is no difference', () => {
    const reader = following();
    reader.replace(...records(0, 3), ...records(3, 5, undefined, 1));
    reader.fetch();
    expect(reader.fetches.at(-1)).toBe(2);
    reader.bring(record(4, undefined, 1));
    reader.fetch();
    expect([reader.taken, reader.others]).toEqual([[0, 1, 2, 3, 4], []]);
  });

  test.each(['idle', 'a comparison'])(
    'a late answer of the broker about %s is dropped after a new begin',
    async (asked) => {
      const reader = following();
      reader.replace(...(asked === 'idle' ? records(0, 2, 'new') : records(4, 6, 'new', 1)));
      const answer = reader.holdBroker();
      let asking: Promise<void> | undefined;
      if (asked === 'idle') {
        for (let n = 0; n < 2; n++) {
          reader.wait(5_000);
          asking = reader.continuity.idle(5_000);
        }
      } else {
        for (let n = 0; n < 3; n++) reader.fetch();
      }
      reader.continuity.begin(0, null);
      answer();
      await asking;
      await brokerAnswered();
      expect([reader.others, reader.continuity.next()]).toEqual([[], 0]);
    },
  );

  test('one that ends before the place is another one', () => {
    const reader = following();
    reader.replace(record(0, 'new'));
    reader.fetch();
    reader.fetch();
    expect(reader.others).toHaveLength(1);
  });
});

test('a record of the current log is skipped only with a report of another log', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 6, arbitrary: fc.constant({ kind: 'fetch' as const, count: 0 }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), count: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('idle' as const), count: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), count: fc.constant(0) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const log: LogMessage[] = [];
      let leader = 0;
      let made = 0;
      const seen = new Set<string>();
      const reader = createReader(log, seen);
      for (const { kind, count } of steps) {
        if (kind === 'append') for (let n = 0; n < count; n++) log.push(record(log.length, `r${made++}`, leader));
        else if (kind === 'cut') {
          log.splice(Math.max(0, log.length - count));
          leader++;
        } else await reader[kind]();
      }
      log.push(record(log.length, `r${made++}`, leader));
      for (let n = 0; n < 6; n++) {
        await reader.idle();
        reader.fetch();
      }
      expect(log.map(({ value }) => String(value)).filter((content) => !seen.has(content))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

/**
 * A reader that restarts at the beginning on a report of another log. It recognises repeated records.
 */
function createReader(log: LogMessage[], seen: Set<string>) {
  let at = 0;
  let now = 0;
  const make = () =>
    createContinuity({
      fetching: { from: (offset) => void (at = offset) },
      bounds: () => Promise.resolve({ low: 0, high: log.length }),
      other: () => continuity.begin(0, null),
      now: () => now,
    });
  let continuity = make();
  continuity.begin(0, null);
  return {
    fetch() {
      if (at > log.length) at = 0;
      const messages = log.slice(at);
      at = log.length;
      if (messages.length > 0) for (const { value } of continuity.take(messages, log.length)) seen.add(String(value));
    },
    idle() {
      now += 10_000;
      return continuity.idle(5_000);
    },
    restart() {
      const [next, mark] = [continuity.next() ?? 0, continuity.mark()];
      continuity = make();
      continuity.begin(next, mark);
    },
  };
}

test('an idle reader that retention has passed continues: nothing unread is gone', async () => {
  const log = records(0, 3);
  const reader = open(log);
  reader.continuity.begin(0, null);
  reader.fetch();
  reader.retain(3);
  for (let n = 0; n < 4; n++) {
    reader.wait(6_000);
    reader.fetch();
    await reader.continuity.idle(5_000);
  }
  log.push(...records(3, 6));
  reader.fetch();
  expect([reader.taken, reader.others]).toEqual([[0, 1, 2, 3, 4, 5], []]);
});

test('so does a reader that finds this when the next records come', async () => {
  const log = records(0, 3);
  const reader = open(log);
  reader.continuity.begin(0, null);
  reader.fetch();
  log.push(...records(3, 6));
  reader.retain(3);
  reader.wait(6_000);
  for (let n = 0; n < 6; n++) {
    reader.fetch();
    await brokerAnswered();
  }
  expect([reader.taken, reader.others]).toEqual([[0, 1, 2, 3, 4, 5], []]);
});

test('a reader whose next record was deleted by retention gets a report', async () => {
  const log = records(0, 3);
  const reader = open(log);
  reader.continuity.begin(0, null);
  reader.fetch();
  log.push(...records(3, 6));
  reader.retain(5);
  reader.wait(6_000);
  for (let n = 0; n < 6; n++) {
    reader.fetch();
    await brokerAnswered();
  }
  expect([reader.taken, reader.others.length]).toEqual([[0, 1, 2], 1]);
});
