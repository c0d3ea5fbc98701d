import type { ReadModelProgress } from '../engine/gateway/read-model-progress.js';
import type { EventStore } from '../engine/store/event-store.js';
import type { Queries } from '../projections/queries.js';

export interface UserMemoryOptions {
  readonly store: Pick<EventStore, 'heads'>;
  readonly progress: Pick<ReadModelProgress, 'reached'>;
  readonly users: Pick<Queries['users'], 'caughtUp'>;
}

const NEVER = new AbortController().signal;

/**
 * Lets users be cached once the read model contains the deletions from before this call; the fan-out brings the later
 * ones, so it stands before. The wait ends with `progress`. Called again after a fork of the log, which ends the waits
 * that began earlier.
 */
export function createUserMemory({ store, progress, users }: UserMemoryOptions): () => Promise<void> {
  let branch = 0;
  return async () => {
    const of = ++branch;
    const began = await store.heads();
    const known = Promise.all(began.map((position, partition) => progress.reached({ partition, position }, NEVER)));
    void known.then((reached) => of === branch && reached.every(Boolean) && users.caughtUp());
  };
}
