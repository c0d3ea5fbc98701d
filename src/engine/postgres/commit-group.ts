import pg from 'pg';
import type { Commit, CommitResult } from '../store/event-store.js';
import { isTransient, violatedConstraint } from './errors.js';

/**
 * A busy process begins a statement at most this often, in milliseconds: one for ten commands takes hardly more of
 * the processor than one for a single command.
 */
const GATHER_MS = 3;
/** A statement that takes longer may wait for a lock, and no longer holds up other partitions. */
const SLOW_MS = 50;

interface Waiting {
  readonly commit: Commit;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

export type CommitInGroups = (commit: Commit) => Promise<CommitResult>;

/** Runs a statement with batches of one queue, each of another partition. @returns the results in the same order */
export type CommitTogether = (commits: readonly Commit[]) => Promise<readonly CommitResult[]>;

/**
 * Stores the batches of a queue's partitions together: those that come while a statement runs share the next one. A
 * batch that comes alone does not wait. Each gets a result or an error of its own.
 */
export function createCommitGroups(commitTogether: CommitTogether): CommitInGroups {
  const groups = new Map<string, CommitInGroups>();
  return (commit) => {
    const known = groups.get(commit.queue) ?? createGroup(commitTogether);
    groups.set(commit.queue, known);
    return known(commit);
  };
}

function createGroup(commitTogether: CommitTogether): CommitInGroups {
  let waiting: Waiting[] = [];
  let scheduled = false;
  /** The last statement, while it counts as running. */
  let running: symbol | null = null;
  let busyUntil = 0;

  const store = async (together: readonly Waiting[]): Promise<void> => {
    try {
      const results = await commitTogether(together.map(({ commit }) => commit));
      together.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      // Nothing was stored, and the fault is that of one batch.
      if (together.length > 1 && isRefusal(error))
        return void (await Promise.all(together.map((each) => store([each]))));
      for (const { resolve, reject } of together) {
        try {
          resolve(conflictOf(error));
        } catch {
          reject(error);
        }
      }
    }
  };

  const begin = async (): Promise<void> => {
    scheduled = false;
    // Of each partition the first: a later one begins where that ends.
    const together = [...new Map(waiting.toReversed().map((each) => [each.commit.partition, each])).values()];
    waiting = waiting.filter((each) => !together.includes(each));
    const own = Symbol('statement');
    running = own;
    if (together.length > 1 || together[0]!.commit.outcomes.length > 1) busyUntil = performance.now() + GATHER_MS;
    const passed = (): void => {
      if (running !== own) return;
      running = null;
      schedule();
    };
    const slow = setTimeout(passed, SLOW_MS);
    await store(together);
    clearTimeout(slow);
    passed();
  };

  const schedule = (): void => {
    if (scheduled || running !== null || waiting.length === 0) return;
    scheduled = true;
    const restMs = busyUntil - performance.now();
    if (restMs > 0) setTimeout(() => void begin(), restMs);
    else setImmediate(() => void begin());
  };

  return (commit) =>
    new Promise((resolve, reject) => {
      waiting.push({ commit, resolve, reject });
      schedule();
    });
}

/** An answer of the database, or a fault in the program; and not a broken connection, where a commit may have come. */
const isRefusal = (error: unknown): boolean => error instanceof pg.DatabaseError || !isTransient(error);

/** The conflict of a batch that was stored alone. @throws any other error */
function conflictOf(error: unknown): CommitResult {
  switch (violatedConstraint(error)) {
    case 'receipts_pkey':
      return { status: 'conflict', on: 'receipt' };
    case 'events_stream_version':
      return { status: 'conflict', on: 'stream' };
    default:
      throw error;
  }
}
