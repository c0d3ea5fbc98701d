import fc from 'fast-check';
import { until } from '../../test/support/conditions.js';
import type { Offset } from '../engine/domain/ids.js';
import { commandId, offset, traceId, userId } from '../engine/domain/ids.js';
import type { CommandRecord } from '../engine/log/command-log.js';
import type { DecidedCount } from '../engine/store/event-store.js';
import type { CampaignId } from '../events/ids.js';
import { campaignId } from '../events/ids.js';
import { createRequestNumbers } from './request-numbers.js';

const [spring, autumn, winter] = [campaignId('spring'), campaignId('autumn'), campaignId('winter')];
const CAMPAIGNS = [spring, autumn, winter] as const;
/** Time for a read to be answered. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = (): AbortSignal => new AbortController().signal;

const record = (at: number, campaign: CampaignId): CommandRecord => ({
  offset: offset(at),
  command: {
    commandId: commandId(`r${at}`),
    type: 'RequestGifticon',
    schema: 1,
    key: campaign,
    userId: userId('ann'),
    traceId: traceId('0'.repeat(32)),
    at: '2026-12-24T18:00:00.000Z',
    data: { campaignId: campaign },
  },
});

/** A queue of one partition with its issuer, and the numbers as one process sees them. */
function open(log: readonly CampaignId[], began = 0) {
  let decided = began;
  let tailed = began;
  const reads: (() => void)[] = [];
  let holdsReads = false;
  let readCount = 0;
  let behind = 0;
  /** Decided in a queue before this one. */
  let earlier = 0;
  const ordinals = new Map<number, number>();

  const decidedCounts = (keys: readonly { readonly key: CampaignId }[]): Promise<ReadonlyMap<string, DecidedCount>> => {
    readCount++;
    const upTo = decided - behind;
    const counts = new Map(
      keys.map(({ key }) => [
        key,
        { decided: earlier + log.slice(0, upTo).filter((of) => of === key).length, next: offset(upTo) },
      ]),
    );
    if (!holdsReads) return Promise.resolve(counts);
    return new Promise((resolve) => reads.push(() => resolve(counts)));
  };
  const numbers = createRequestNumbers({ partitions: 1, decidedCounts, tailed: () => offset(tailed) });
  numbers.begin(0, offset(began));

  return {
    numbers,
    /** The tail delivers the next records up to this offset. */
    bring(to: number) {
      const records = log.slice(tailed, to).map((campaign, n) => record(tailed + n, campaign));
      if (records.length === 0) return;
      const given = numbers.brought(0, records);
      for (const [n, ordinal] of given.entries()) ordinals.set(tailed + n, ordinal);
      tailed = Math.max(tailed, to);
    },
    /** The issuer decides up to this offset; the process learns of it with `pass`. */
    decide: (to: number) => (decided = Math.max(decided, to)),
    pass: (to: Offset | number) => numbers.passed(0, offset(to)),
    back(to: number) {
      [decided, tailed] = [to, to];
      numbers.begin(0, offset(to));
    },
    reads: () => readCount,
    storeLags: (by: number) => void (behind = by),
    remake(decidedBefore: number) {
      [earlier, decided, tailed] = [decidedBefore, 0, 2];
    },
    holdReads() {
      holdsReads = true;
    },
    answerReads() {
      holdsReads = false;
      for (const answer of reads.splice(0)) answer();
    },
    numberAt: (at: number) => numbers.numberOf(log[at]!, ordinals.get(at) ?? 0),
    known: (id: CampaignId) => numbers.known(id, never()),
  };
}

const trueNumber = (log: readonly CampaignId[], at: number): number =>
  log.slice(0, at + 1).filter((of) => of === log[at]).length;

test('requests are numbered by campaign, after those decided before the process began', async () => {
  const queue = open([spring, autumn, spring, spring, autumn, spring], 3);
  queue.bring(6);
  expect([queue.numberAt(3), queue.numbers.served(spring)]).toEqual([null, null]);
  await Promise.all([queue.known(spring), queue.known(autumn)]);
  expect([queue.numberAt(3), queue.numberAt(4), queue.numberAt(5)]).toEqual([3, 2, 4]);
  expect([queue.numbers.served(spring), queue.numbers.served(autumn)]).toEqual([2, 1]);
});

test('a campaign without a request in the queue has its served ones', async () => {
  const queue = open([spring, spring, autumn], 2);
  await Promise.all([queue.known(spring), queue.known(winter)]);
  expect([queue.numbers.served(spring), queue.numbers.served(winter)]).toEqual([2, 0]);
});

test('decisions during the read of the count do not disturb it', async () => {
  const queue = open([spring, autumn, spring, spring, spring]);
  queue.bring(4);
  queue.decide(2);
  queue.holdReads();
  const known = queue.known(spring);
  await until(() => queue.numbers.served(spring) === null, 'the read is under way');
  queue.decide(4);
  queue.pass(4);
  queue.bring(5);
  queue.answerReads();
  await known;
  expect([queue.numbers.served(spring), queue.numberAt(4)]).toEqual([3, 4]);
});

test('a count of what the tail has not brought yet is read again', async () => {
  const queue = open([spring, spring, spring]);
  queue.bring(1);
  queue.decide(3);
  const known = queue.known(spring);
  await until(() => queue.reads() >= 2, 'it was read twice');
  expect(queue.numbers.served(spring)).toBeNull();
  queue.bring(3);
  await known;
  expect([queue.numberAt(0), queue.numberAt(2)]).toEqual([1, 3]);
});

test('a count from before the records that this process has is read again', async () => {
  const queue = open([spring, spring, spring], 2);
  queue.storeLags(1);
  queue.bring(3);
  const known = queue.known(spring);
  await until(() => queue.reads() >= 2, 'it was read twice');
  expect(queue.numbers.served(spring)).toBeNull();
  queue.storeLags(0);
  await known;
  expect([queue.numberAt(2), queue.numbers.served(spring)]).toEqual([3, 2]);
});

test('while a count is read, thousands may be decided', async () => {
  const log = Array.from({ length: 5_000 }, (_, n) => (n % 2 === 0 ? spring : autumn));
  const queue = open(log);
  queue.bring(2_000);
  queue.decide(1_000);
  queue.pass(1_000);
  queue.holdReads();
  const known = queue.known(spring);
  await until(() => queue.reads() === 1, 'the read is under way');
  queue.bring(5_000);
  queue.decide(4_900);
  queue.pass(4_900);
  queue.answerReads();
  await known;
  expect([queue.numberAt(4_998), queue.numbers.served(spring)]).toEqual([2_500, 2_450]);
});

test('a queue that was made anew is counted on from the store', async () => {
  const queue = open([spring, spring, spring]);
  queue.bring(3);
  queue.decide(2);
  queue.pass(2);
  await queue.known(spring);
  expect(queue.numberAt(2)).toBe(3);
  // Its offsets begin again, and two were decided before.
  queue.numbers.brought(0, [record(0, spring), record(1, spring)]);
  expect(queue.numbers.served(spring)).toBeNull();
  queue.remake(2);
  await queue.known(spring);
  expect([queue.numbers.numberOf(spring, 1), queue.numbers.served(spring)]).toEqual([3, 2]);
});

test('a record that is no command, or is misplaced, has no number', async () => {
  const queue = open([]);
  const unreadable = { offset: offset(0), unreadable: { reason: 'x', payload: 'x', key: spring } };
  const misplaced = { ...record(1, spring), misplaced: { partition: 0, belongs: 1 } };
  expect(queue.numbers.brought(0, [unreadable, misplaced, record(2, spring)])).toEqual([0, 0, 1]);
  await queue.known(spring);
  expect([queue.numbers.numberOf(spring, 0), queue.numbers.numberOf(spring, 1)]).toEqual([null, 1]);
});

test('what is decided stays so where an older place comes late', async () => {
  const queue = open([spring, spring, spring]);
  queue.decide(3);
  queue.pass(3);
  queue.pass(1);
  queue.bring(3);
  await queue.known(spring);
  expect(queue.numbers.served(spring)).toBe(3);
});

describe('of more campaigns than are kept', () => {
  const others = Array.from({ length: 10_000 }, (_, n) => campaignId(`other ${n}`));

  test('those with a request that waits keep their numbers', async () => {
    const queue = open([spring, ...others]);
    queue.bring(1);
    await queue.known(spring);
    queue.bring(10_001);
    expect([queue.numberAt(0), queue.numbers.served(spring)]).toEqual([1, 0]);
  });

  test('one that is being read keeps its read', async () => {
    const queue = open(others);
    queue.holdReads();
    const known = queue.known(winter);
    await until(() => queue.reads() === 1, 'the read is under way');
    queue.bring(10_000);
    queue.answerReads();
    await known;
    expect([queue.numbers.served(winter), queue.reads()]).toEqual([0, 1]);
  });

  test('one that was dropped is counted anew from what was decided since', async () => {
    const queue = open([spring, spring, ...others]);
    queue.bring(2);
    queue.decide(2);
    queue.pass(2);
    await queue.known(spring);
    queue.bring(10_002);
    expect(queue.numbers.served(spring)).toBeNull();
    // The first of its requests is in no list any more, and the store does not have the second one yet.
    queue.storeLags(1);
    const before = queue.reads();
    const known = queue.known(spring);
    await until(() => queue.reads() >= before + 2, 'it was read twice');
    expect(queue.numbers.served(spring)).toBeNull();
    queue.storeLags(0);
    await known;
    expect(queue.numbers.served(spring)).toBe(2);
  });
});

test('after many decided requests the numbers go on', async () => {
  const log = Array.from({ length: 9_000 }, (_, n) => (n % 3 === 0 ? autumn : spring));
  const queue = open(log);
  for (let to = 100; to <= log.length; to += 100) {
    queue.bring(to);
    queue.decide(to - 50);
    queue.pass(to - 50);
  }
  await Promise.all([queue.known(spring), queue.known(autumn)]);
  expect([queue.numberAt(8_999), queue.numberAt(8_997)]).toEqual([6_000, 3_000]);
  expect(queue.numbers.served(autumn)).toBe(trueNumber(log, 8_949));
});

test('a campaign is counted from the store again after the log went back in time', async () => {
  const queue = open([spring, spring, spring, spring]);
  queue.bring(4);
  queue.decide(3);
  queue.pass(3);
  await queue.known(spring);
  expect(queue.numbers.served(spring)).toBe(3);
  queue.back(1);
  expect([queue.numbers.served(spring), queue.numberAt(3)]).toEqual([null, null]);
  queue.bring(4);
  await queue.known(spring);
  expect([queue.numbers.served(spring), queue.numberAt(1), queue.numberAt(3)]).toEqual([1, 2, 4]);
});

test('a wait ends with its signal, and with a stop', async () => {
  const queue = open([spring]);
  queue.holdReads();
  const gone = new AbortController();
  const waits = [queue.numbers.known(spring, gone.signal), queue.known(autumn)];
  gone.abort();
  await waits[0];
  queue.numbers.stop();
  await waits[1];
  expect(queue.numbers.served(spring)).toBeNull();
  queue.answerReads();
});

test('numbers are those of the queue, in any order of deciding, reading and forking', async () => {
  const step = fc.record({
    kind: fc.constantFrom('bring', 'decide', 'pass', 'known', 'back', 'hold', 'answer'),
    by: fc.integer({ min: 1, max: 6 }),
    campaign: fc.constantFrom(...CAMPAIGNS),
  });
  const queues = fc.record({
    log: fc.array(fc.constantFrom(...CAMPAIGNS), { minLength: 1, maxLength: 40 }),
    began: fc.nat(10),
    steps: fc.array(step, { maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(queues, async ({ log, began: asked, steps }) => {
      const began = Math.min(asked, log.length);
      const queue = open(log, began);
      let [brought, decided, passed, from] = [began, began, began, began];
      const waits: Promise<void>[] = [];
      for (const { kind, by, campaign } of steps) {
        if (kind === 'bring') queue.bring((brought = Math.min(log.length, brought + by)));
        // The issuer may be ahead of the tail of this process, and is ahead of what the process knows.
        else if (kind === 'decide') queue.decide((decided = Math.min(log.length, decided + by)));
        else if (kind === 'pass') queue.pass((passed = Math.min(decided, passed + by)));
        else if (kind === 'known') waits.push(queue.known(campaign));
        else if (kind === 'hold') queue.holdReads();
        else if (kind === 'answer') queue.answerReads();
        else {
          brought = decided = passed = from = Math.max(0, decided - by);
          queue.back(from);
        }
        await turn();
      }
      queue.answerReads();
      queue.bring(log.length);
      await Promise.all([...waits, ...CAMPAIGNS.map(queue.known)]);
      queue.pass(decided);
      for (let at = from; at < log.length; at++) expect(queue.numberAt(at)).toBe(trueNumber(log, at));
      for (const id of CAMPAIGNS)
        expect(queue.numbers.served(id)).toBe(log.slice(0, decided).filter((of) => of === id).length);
    }),
    { numRuns: 150 },
  );
});
