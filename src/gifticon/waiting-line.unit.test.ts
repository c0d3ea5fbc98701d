import fc from 'fast-check';
import type { CommandId, Offset, UserId } from '../engine/domain/ids.js';
import type { CampaignId } from '../events/ids.js';
import { commandId, offset, traceId, userId } from '../engine/domain/ids.js';
import { campaignId } from '../events/ids.js';
import type { CommandRecord } from '../engine/log/command-log.js';
import type { WaitingRequest } from './request-index.js';
import { createRequestNumbers } from './request-numbers.js';
import { createWaitingLine } from './waiting-line.js';

const [ann, ben] = [userId('ann'), userId('ben')];
const [spring, autumn] = [campaignId('spring'), campaignId('autumn')];
const AT = Date.parse('2026-12-24T18:00:00.900Z');

const record = (
  at: number,
  id: string,
  by: UserId = ann,
  campaign: CampaignId = spring,
  type = 'RequestGifticon',
): CommandRecord => ({
  offset: offset(at),
  command: {
    commandId: commandId(id),
    type,
    schema: 1,
    key: campaign,
    userId: by,
    traceId: traceId('0'.repeat(32)),
    at: new Date(AT).toISOString(),
    data: { campaignId: campaign },
  },
});

/** A line of one partition, with its callbacks recorded. */
function openLine() {
  const decided = new Map<CommandId, Offset>();
  const advances: number[] = [];
  const lost: WaitingRequest[] = [];
  const line = createWaitingLine({
    partitions: 1,
    decidedAt: (id) => decided.get(id),
    advanced: (_partition, by) => advances.push(by),
    lost: (gone) => lost.push(...gone),
    numbers: createRequestNumbers({
      partitions: 1,
      decidedCounts: () => Promise.resolve(new Map()),
      tailed: () => offset(0),
    }),
  });
  return {
    line,
    decided,
    advances,
    lost,
    accept: (id: string, at: number, by: UserId = ann, campaign: CampaignId = spring) =>
      line.accepted(
        { id: commandId(id), campaignId: campaign, userId: by, at: AT },
        { partition: 0, offset: offset(at) },
      ),
    bring: (...records: readonly CommandRecord[]) => line.brought(0, records),
    settle: (id: string, at: number) => line.settle(commandId(id), offset(at)),
    place: (id: string, by: UserId = ann): number | null => {
      const request = line.find(commandId(id), by);
      return request && line.ahead(request);
    },
  };
}
const nobody = (): boolean => false;

test('requests are in the order of the queue, from either source', () => {
  const { line, accept, bring, place } = openLine();
  line.begin(0, offset(10));
  accept('c', 12);
  bring(record(10, 'a'), record(11, 'b', ben));
  expect([place('a'), place('b', ben), place('c')]).toEqual([0, 1, 2]);
  bring(record(12, 'c'));
  expect([line.size, line.queued(spring), place('c')]).toEqual([3, 3, 2]);
  expect(line.foremost(0)?.id).toBe('a');
});

test('a request is in order when everything before it was brought', () => {
  const { line, accept, bring } = openLine();
  const [early, next] = [accept('b', 1)!, accept('c', 2, ben)!];
  expect([line.isInOrder(early), line.first(spring, ann)?.id]).toEqual([false, 'b']);
  bring(record(0, 'a'));
  expect([line.isInOrder(early), line.first(spring, ann)?.id]).toEqual([false, 'a']);
  bring(record(1, 'b'));
  expect([line.isInOrder(early), line.isInOrder(next)]).toEqual([true, false]);
});

test('a receipt removes a request, and moves up those behind it', () => {
  const { line, bring, place, settle, advances } = openLine();
  bring(record(0, 'a'), record(1, 'b', ben), record(2, 'c'));
  expect(settle('b', 1).map(({ id, userId: by }) => [id, by])).toEqual([['b', ben]]);
  expect([place('b', ben), place('c'), advances]).toEqual([null, 0, [2]]);
  // The one before it is decided too, and has no watcher.
  expect(line.overdue(nobody)).toEqual([]);
  expect([place('a'), line.size, line.queued(spring)]).toEqual([null, 1, 1]);
});

test('a decided request with a watcher stays until its receipt is there', () => {
  const { line, bring, settle } = openLine();
  bring(record(0, 'a'), record(1, 'b'), record(2, 'c'));
  line.passed(0, offset(2));
  const watched = line.overdue(({ id }) => id === 'b');
  expect(watched.map(({ id }) => id)).toEqual(['b']);
  expect(line.ahead(watched[0]!)).toBe(0);
  expect(line.overdue(({ id }) => id === 'b')).toHaveLength(1);
  settle('b', 1);
  expect([line.overdue(() => true), line.size]).toEqual([[], 1]);
});

test('a request that was appended twice keeps its first place, and counts once', () => {
  const { line, accept, bring, place } = openLine();
  accept('a', 1);
  bring(record(0, 'a'), record(1, 'a'), record(2, 'b', ben));
  expect([place('a'), line.queued(spring), line.size]).toEqual([0, 2, 2]);
  accept('a', 3);
  bring(record(3, 'a'));
  expect([place('a'), line.size]).toEqual([0, 2]);
});

test('the record of a repetition is no new place of a request that is decided', () => {
  const read = (openAgain: boolean) => {
    const { line, accept, bring, place } = openLine();
    accept('a', 1);
    if (openAgain) bring(record(0, 'x', ben), record(1, 'a'));
    line.passed(0, offset(2));
    const before = place('a');
    if (openAgain) line.again(0, offset(2), offset(2));
    bring(record(2, 'b', ben), record(3, 'a'));
    line.dropLost(0);
    return [before, place('a'), line.overdue(({ id }) => id === 'a').map(({ id }) => id)];
  };
  // Its own record came too late to be of interest, or before the queue was read again.
  expect([read(false), read(true)]).toEqual([
    [0, 0, ['a']],
    [0, 0, ['a']],
  ]);
});

test('the receipt of a repeated request says nothing about those before it', () => {
  const { line, bring, place, settle } = openLine();
  line.begin(0, offset(900));
  bring(record(900, 'x', ben), record(901, 'old'));
  settle('old', 5);
  expect([line.next(0), place('old'), place('x', ben)]).toEqual([900, null, 0]);
});

test('a receipt may come before the record, and before the answer of the log', () => {
  const { line, decided, accept, bring, place } = openLine();
  decided.set(commandId('a'), offset(0));
  bring(record(0, 'a'));
  expect([place('a'), line.next(0), line.size]).toEqual([null, 1, 0]);
  decided.set(commandId('b'), offset(1));
  expect(accept('b', 1)).toBeNull();
  line.passed(0, offset(3));
  expect(accept('c', 2)).toBeNull();
  bring(record(1, 'b'), record(2, 'c'));
  expect(line.size).toBe(0);
});

test('read again, no place grows by requests decided meanwhile', () => {
  const { line, bring, place, settle } = openLine();
  bring(...['a', 'b', 'c', 'd'].map((id, at) => record(at, id)));
  // Asked while nothing is decided; two are decided before the answer.
  const asked = line.next(0);
  settle('a', 0);
  settle('b', 1);
  expect(line.again(0, offset(0), asked)).toBe(2);
  expect(place('d')).toBe(1);
  bring(record(2, 'c'), record(3, 'd'));
  line.dropLost(0);
  expect([place('c'), place('d'), line.size]).toEqual([0, 1, 2]);
  // The record has less than the line knew when it asked: it has lost the rest.
  expect(line.again(0, offset(1), line.next(0))).toBe(1);
  expect(place('d')).toBe(2);
  // The record has more.
  expect(line.again(0, offset(3), line.next(0))).toBe(3);
  expect(place('d')).toBe(0);
});

test('one commandId of two users, or in two campaigns, is two requests', () => {
  const { line, accept, bring, settle } = openLine();
  bring(record(0, 'x', ann), record(1, 'x', ben), record(2, 'x', ann, autumn));
  expect(accept('x', 3, ben)?.offset).toBe(1);
  expect(line.find(commandId('x'), ben)?.offset).toBe(1);
  expect([line.queued(spring), line.queued(autumn)]).toEqual([2, 1]);
  expect(settle('x', 0).map(({ offset: at }) => at)).toEqual([0, 1, 2]);
  expect([line.size, line.next(0), line.queued(autumn)]).toEqual([0, 1, 0]);
});

test('the first request of a user in a campaign is known while it waits', () => {
  const { line, accept, bring, settle } = openLine();
  accept('b', 1);
  expect(line.first(spring, ann)?.id).toBe('b');
  bring(record(0, 'a'));
  expect([line.first(spring, ann)?.id, line.first(autumn, ann), line.first(spring, ben)]).toEqual(['a', null, null]);
  settle('b', 1);
  expect(line.first(spring, ann)?.id).toBe('a');
  settle('a', 0);
  expect(line.first(spring, ann)).toBeNull();
});

test('a record that is no request is passed', () => {
  const { line, bring } = openLine();
  bring(
    { offset: offset(0), unreadable: { reason: 'not JSON', payload: '{', key: null } },
    record(1, 'a', ann, spring, 'Dance'),
  );
  expect(line.size).toBe(0);
});

test('a recreated log begins a new line, and loses the requests of the old one', () => {
  const { line, accept, bring, lost, place } = openLine();
  line.begin(0, offset(50));
  bring(record(50, 'old'), record(51, 'older', ben));
  accept('mine', 52);
  bring(record(0, 'new'));
  expect(lost.map(({ id }) => id)).toEqual(['old', 'older', 'mine']);
  expect([line.size, place('new'), line.next(0)]).toEqual([1, 0, 0]);
});

test('a log recreated before the start is followed from its beginning, too', () => {
  const { line, bring, place } = openLine();
  line.begin(0, offset(50));
  bring(record(0, 'a'), record(1, 'b', ben));
  expect([place('a'), place('b', ben), line.next(0)]).toEqual([0, 1, 0]);
  // Where the decider of the new log has stored nothing yet, the old one's checkpoint is all there is.
  line.passed(0, offset(50));
  line.wentBack(0, offset(1));
  bring(record(2, 'c'));
  expect([place('c'), line.next(0)]).toEqual([1, 1]);
});

interface Step {
  readonly kind: 'append' | 'accept' | 'bring' | 'decide' | 'look';
  readonly count: number;
  /** The receipts of the step that arrive, and those that arrive twice. */
  readonly delivered: readonly boolean[];
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('append' as const, 'accept' as const, 'bring' as const, 'decide' as const, 'look' as const),
  count: fc.integer({ min: 1, max: 5 }),
  delivered: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
});

test('after any loss or delay no waiting request is forgotten; a poll corrects it', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 60, maxLength: 60 }),
      (steps, ids) => {
        const { line, decided, accept, bring, settle } = openLine();
        const log: string[] = [];
        /** Undecided, and known to the line from either source. */
        const known = new Set<number>();
        let [brought, done] = [0, 0];
        const firstOf = (id: string): number => log.indexOf(id);

        for (const [index, { kind, count, delivered }] of steps.entries()) {
          switch (kind) {
            case 'append':
              // Some ids come twice, as clients resend after a missing answer.
              for (let n = 0; n < count; n++) log.push(`r${(ids[index]! + n * 7) % 25}`);
              break;
            case 'accept':
              log.push(`r${ids[index]!}`);
              accept(log.at(-1)!, log.length - 1);
              known.add(log.length - 1);
              break;
            case 'bring': {
              const records = log.slice(brought, brought + count).map((id, n) => record(brought + n, id));
              if (records.length > 0) bring(...records);
              records.forEach(({ offset: at }) => known.add(at));
              brought += records.length;
              break;
            }
            case 'decide':
              for (let n = 0; n < count && done < log.length; n++, done++) {
                const id = log[done]!;
                if (!delivered[n]) continue;
                decided.set(commandId(id), offset(firstOf(id)));
                settle(id, firstOf(id));
              }
              line.overdue(nobody);
              break;
            case 'look':
              line.passed(0, offset(done));
              line.overdue(nobody);
              expect(line.next(0)).toBe(done);
              break;
            default:
              kind satisfies never;
          }
          expect(line.next(0)).toBeLessThanOrEqual(done);
          // A request waits from its first place on; sent again after its outcome, it has one.
          for (const at of known) {
            const id = log[at]!;
            if (at < done || firstOf(id) < done) continue;
            const request = line.find(commandId(id), ann);
            expect(request).not.toBeNull();
            expect(log[request!.offset]).toBe(id);
          }
        }
        bring(
          ...(brought < log.length
            ? log.slice(brought).map((id, n) => record(brought + n, id))
            : [record(log.length, 'last')]),
        );
        line.passed(0, offset(log.length));
        line.overdue(nobody);
        expect(line.size).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 500 },
  );
});

test('of several requests of one user the next is the first when the one before goes', () => {
  const { line, accept, bring, settle } = openLine();
  line.begin(0, offset(0));
  accept('c', 5);
  bring(record(0, 'a'), record(1, 'x', ben), record(2, 'b'));
  expect(line.first(spring, ann)?.id).toBe('a');
  settle('b', 2);
  settle('a', 0);
  expect([line.first(spring, ann)?.id, line.first(spring, ben)?.id]).toEqual(['c', 'x']);
  settle('c', 5);
  expect([line.first(spring, ann), line.queued(spring)]).toEqual([null, 1]);
});
