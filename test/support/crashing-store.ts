import type { CommitResult, EventStore } from '../../src/engine/store/event-store.js';

/**
 * What can befall a decider while it stores a batch. `refused`: the database was away. `forgotten`: stored, and the
 * answer was lost. `sleeps`: it stands still, and stores when it wakes up, while others have gone on. `dies`,
 * `dies-after`: it is gone before or after it was stored.
 */
export const CRASHES = ['refused', 'forgotten', 'sleeps', 'dies', 'dies-after'] as const;
export type Crash = (typeof CRASHES)[number];

export interface CrashingStore {
  readonly store: EventStore;
  /** What happens to the next decider that stores something. */
  arm(crash: Crash): void;
  /** Whoever sleeps goes on, whoever is dead is buried, and what did not happen yet will not. */
  wake(): void;
  /** How often commits ended how. */
  readonly ends: ReadonlyMap<string, number>;
}

/** An event store whose commits go wrong when told to: the others are those of a real one. */
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
