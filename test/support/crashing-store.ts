import type { CommitResult, EventStore } from '../../src/engine/store/event-store.js';

/**
 * The faults of a decider that stores a batch. `refused`: the database was away. `forgotten`: stored, and the answer
 * was lost. `sleeps`: it is paused, and stores when it wakes up, after others have continued. `dies`, `dies-after`: it
 * is gone before or after the commit.
 */
export const CRASHES = ['refused', 'forgotten', 'sleeps', 'dies', 'dies-after'] as const;
export type Crash = (typeof CRASHES)[number];

export interface CrashingStore {
  readonly store: EventStore;
  /** The fault of the next commit. */
  arm(crash: Crash): void;
  /** Wakes the sleeping deciders, forgets the dead ones, and cancels a fault that has not happened. */
  wake(): void;
  /** The number of commits by their end. */
  readonly ends: ReadonlyMap<string, number>;
}

/** An event store whose commits fail on demand; all others are those of a real one. */
export function crashing(store: EventStore): CrashingStore {
  const armed: Crash[] = [];
  const ends = new Map<string, number>();
  let sleepers: (() => void)[] = [];
  const count = (end: string): void => void ends.set(end, (ends.get(end) ?? 0) + 1);
  const asleep = (): Promise<void> => new Promise((resolve) => sleepers.push(resolve));
  const broken = (): Error => Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });

  const commit = async (batch: Parameters<EventStore['commit']>[0]): Promise<CommitResult> => {
    const crash = batch.outcomes.length > 0 ? armed.shift() : undefined;
    if (crash) count(crash);
    if (crash === 'sleeps' || crash === 'dies') await asleep();
    if (crash === 'refused' || crash === 'dies') throw broken();
    const result = await store.commit(batch);
    count(crash === 'sleeps' ? `woke up ${result.status}` : result.status);
    if (crash === 'dies-after') await asleep();
    if (crash === 'forgotten' || crash === 'dies-after') throw broken();
    return result;
  };

  return {
    store: { ...store, commit },
    arm: (crash) => void armed.push(crash),
    wake() {
      armed.length = 0;
      const woken = sleepers;
      sleepers = [];
      for (const each of woken) each();
    },
    ends,
  };
}
