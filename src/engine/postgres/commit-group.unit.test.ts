import fc from 'fast-check';
import pg from 'pg';
import { jest } from '../../../test/support/fake-timers.js';
import { FIRST_EPOCH, offset, position } from '../domain/ids.js';
import type { Commit, CommitResult, Outcome } from '../store/event-store.js';
import { createCommitGroups } from './commit-group.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const turn = (): Promise<void> => jest.advanceTimersByTimeAsync(0);

/** A batch of a partition from this checkpoint on, with as many commands. */
const batch = (partition: number, from: number, commands = 1, queue = 'commands'): Commit => ({
  queue,
  partition,
  epoch: FIRST_EPOCH,
  from: offset(from),
  to: offset(from + commands),
  lastAt: null,
  published: offset(0),
  outcomes: Array.from({ length: commands }, () => ({}) as Outcome),
  snapshots: [],
  deadLetters: [],
});

const stored = ({ partition, to }: Commit): CommitResult => ({
  status: 'committed',
  batch: { partition, epoch: FIRST_EPOCH, head: position(to), events: [], receipts: [] },
  timing: { waitMs: 0, commitMs: 0 },
});

const named = ({ partition, from }: Commit): string => `${partition}:${from}`;

function databaseError(code: string, constraint?: string): pg.DatabaseError {
  const error = new pg.DatabaseError('refused', 0, 'error');
  return Object.assign(error, { code, constraint });
}

const brokenConnection = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

interface Statement {
  readonly commits: readonly Commit[];
  succeed(): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** The statements, each of which runs until it is ended; and what became of the batches, in this order. */
function site() {
  const statements: Statement[] = [];
  const ends: string[] = [];
  const group = createCommitGroups(
    (commits) =>
      new Promise((resolve, reject) => {
        statements.push({
          commits,
          succeed() {
            resolve(commits.map(stored));
            return turn();
          },
          fail(error) {
            reject(error);
            return turn();
          },
        });
      }),
  );
  const commit = (one: Commit): void => {
    const end = (how: string): number => ends.push(`${named(one)} ${how}`);
    group(one).then(
      (result) =>
        void end(
          result.status === 'committed'
            ? `${result.batch.partition}:${result.batch.head}`
            : result.status === 'conflict'
              ? result.on
              : result.status,
        ),
      (error: Error) => void end(error.message),
    );
  };
  const begun = (): readonly string[] => statements.map(({ commits }) => commits.map(named).join(' '));
  return { statements, ends, commit, begun };
}

test('batches that come while a statement runs share the next one', async () => {
  const { statements, ends, commit, begun } = site();
  commit(batch(0, 0));
  await turn();
  [1, 2, 3].forEach((partition) => commit(batch(partition, 7)));
  await turn();
  expect(begun()).toEqual(['0:0']);
  await statements[0]!.succeed();
  expect(statements[1]!.commits.map(named).toSorted()).toEqual(['1:7', '2:7', '3:7']);
  await statements[1]!.succeed();
  expect(ends.toSorted()).toEqual(['0:0 0:1', '1:7 1:8', '2:7 2:8', '3:7 3:8']);
});

test('a batch that comes alone is stored in the same turn, and so is the next', async () => {
  const { statements, commit, begun } = site();
  commit(batch(0, 0));
  await turn();
  await statements[0]!.succeed();
  commit(batch(0, 1));
  await turn();
  expect(begun()).toEqual(['0:0', '0:1']);
});

test.each([
  ['of several partitions', [batch(0, 0), batch(1, 0)]],
  ['of several commands', [batch(0, 0, 2)]],
])('after a statement %s the next one begins 3 ms after it began', async (_, busy) => {
  const { statements, commit } = site();
  busy.forEach(commit);
  await turn();
  await statements[0]!.succeed();
  commit(batch(2, 0));
  await jest.advanceTimersByTimeAsync(2);
  expect(statements).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(1);
  expect(statements).toHaveLength(2);
});

test('a statement has one batch of a partition, the earliest', async () => {
  const { statements, ends, commit, begun } = site();
  [batch(0, 0), batch(0, 1), batch(1, 4), batch(0, 2)].forEach(commit);
  for (let n = 0; n < 3; n++) {
    await jest.advanceTimersByTimeAsync(3);
    await statements[n]!.succeed();
  }
  expect(begun().map((batches) => batches.split(' ').toSorted())).toEqual([['0:0', '1:4'], ['0:1'], ['0:2']]);
  expect(ends.filter((end) => end.startsWith('0'))).toEqual(['0:0 0:1', '0:1 0:2', '0:2 0:3']);
});

test('a queue does not wait for the statement of another', async () => {
  const { commit, begun } = site();
  commit(batch(0, 0));
  await turn();
  commit(batch(0, 5, 1, 'gifticon.requests'));
  await turn();
  expect(begun()).toEqual(['0:0', '0:5']);
});

test.each([
  ['a receipt that exists', databaseError('23505', 'receipts_pkey'), 'receipt'],
  ['a stream that has moved', databaseError('23505', 'events_stream_version'), 'stream'],
  ['a deadlock with another process', databaseError('40P01'), 'refused'],
  ['a value that the database refuses', databaseError('22P05'), 'refused'],
  ['a value that cannot be written', new TypeError('a BigInt'), 'a BigInt'],
])('%s is the fault of one batch, and the others are stored', async (_, error, outcome) => {
  const { statements, ends, commit, begun } = site();
  [0, 1, 2].forEach((partition) => commit(batch(partition, 0)));
  await turn();
  await statements[0]!.fail(error);
  expect(begun().slice(1).toSorted()).toEqual(['0:0', '1:0', '2:0']);
  expect(ends).toEqual([]);
  for (const each of statements.slice(1)) await (each.commits[0]!.partition === 1 ? each.fail(error) : each.succeed());
  expect(ends.toSorted()).toEqual(['0:0 0:1', `1:0 ${outcome}`, '2:0 2:1']);
});

test('after a broken connection no batch is tried again: it may be stored', async () => {
  const { statements, ends, commit } = site();
  [0, 1].forEach((partition) => commit(batch(partition, 0)));
  await turn();
  await statements[0]!.fail(brokenConnection());
  await jest.advanceTimersByTimeAsync(1_000);
  expect(statements).toHaveLength(1);
  expect(ends.toSorted()).toEqual(['0:0 read ECONNRESET', '1:0 read ECONNRESET']);
});

test('batches that wait when the pool ends are refused, each of them', async () => {
  const { statements, ends, commit } = site();
  commit(batch(0, 0));
  await turn();
  [1, 2].forEach((partition) => commit(batch(partition, 0)));
  await statements[0]!.succeed();
  const ended = new Error('Cannot use a pool after calling end on the pool');
  for (let n = 1; n < statements.length; n++) await statements[n]!.fail(ended);
  expect(ends.toSorted()).toEqual(['0:0 0:1', `1:0 ${ended.message}`, `2:0 ${ended.message}`]);
});

test('a statement that waits for a lock holds up other partitions for 50 ms', async () => {
  const { statements, ends, commit, begun } = site();
  commit(batch(0, 0));
  await turn();
  commit(batch(1, 0));
  await jest.advanceTimersByTimeAsync(49);
  expect(begun()).toEqual(['0:0']);
  // And a turn: a faked one takes a millisecond where a timer asks for it.
  await jest.advanceTimersByTimeAsync(2);
  expect(begun()).toEqual(['0:0', '1:0']);
  commit(batch(2, 0));
  // Its end is not that of the statement that runs now.
  await statements[0]!.succeed();
  expect([begun().length, ends]).toEqual([2, ['0:0 0:1']]);
  await statements[1]!.succeed();
  expect(begun()).toEqual(['0:0', '1:0', '2:0']);
});

type Step =
  | { readonly kind: 'commit'; readonly partition: number; readonly commands: number }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'end'; readonly which: number; readonly how: 'stored' | 'refused' | 'broken' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('commit' as const),
    partition: fc.nat({ max: 3 }),
    commands: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(0, 1, 3, 60) }),
  fc.record({
    kind: fc.constant('end' as const),
    which: fc.nat({ max: 3 }),
    how: fc.constantFrom('stored' as const, 'stored' as const, 'refused' as const, 'broken' as const),
  }),
);

/** A batch whose checkpoint is a multiple of this is refused by the database, also alone. */
const REFUSED = 5;

test('in any course of events each batch gets its own end, in order of its partition', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const { statements, ends, commit } = site();
      const running = new Set<Statement>();
      const next = [0, 0, 0, 0];
      const broken = new Set<string>();
      let seen = 0;
      const note = (): void => {
        for (const each of statements.slice(seen)) {
          running.add(each);
          const partitions = each.commits.map(({ partition }) => partition);
          expect(new Set(partitions).size).toBe(partitions.length);
        }
        seen = statements.length;
      };
      const end = async (each: Statement, how: 'stored' | 'refused' | 'broken'): Promise<void> => {
        running.delete(each);
        if (how === 'broken') {
          each.commits.forEach((one) => broken.add(named(one)));
          await each.fail(brokenConnection());
        } else if (how === 'refused' || each.commits.some(({ from }) => from % REFUSED === 0))
          // A statement of several may be refused for any of them; one alone, only for its own fault.
          await (each.commits.length > 1 || each.commits[0]!.from % REFUSED === 0
            ? each.fail(databaseError('22P05'))
            : each.succeed());
        else await each.succeed();
        note();
      };
      for (const each of steps) {
        switch (each.kind) {
          case 'commit':
            commit(batch(each.partition, next[each.partition]!, each.commands));
            next[each.partition]! += each.commands;
            break;
          case 'time':
            await jest.advanceTimersByTimeAsync(each.ms);
            break;
          case 'end': {
            const one = [...running][each.which];
            if (one) await end(one, each.how);
            break;
          }
          default:
            each satisfies never;
        }
        note();
      }
      const wanted = steps.flatMap((each) => (each.kind === 'commit' ? [each] : []));
      for (let rounds = 0; ends.length < wanted.length && rounds < 1_000; rounds++) {
        await jest.advanceTimersByTimeAsync(3);
        note();
        for (const one of running) await end(one, 'stored');
      }
      const at = [0, 0, 0, 0];
      const expected = wanted.map(({ partition, commands }) => {
        const name = `${partition}:${at[partition]!}`;
        const deserved = at[partition]! % REFUSED === 0 ? 'refused' : `${partition}:${at[partition]! + commands}`;
        at[partition]! += commands;
        return `${name} ${broken.has(name) ? 'read ECONNRESET' : deserved}`;
      });
      expect(ends.toSorted()).toEqual(expected.toSorted());
      for (const partition of [0, 1, 2, 3]) {
        const begun = statements
          .flatMap(({ commits }) => commits)
          .filter((one) => one.partition === partition)
          .map(({ from }) => Number(from));
        const first = [...new Set(begun)];
        expect(first).toEqual(first.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 200 },
  );
});
