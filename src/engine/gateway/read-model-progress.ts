import { setMaxListeners } from 'node:events';
import type { LogPosition, Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { EventStore } from '../store/event-store.js';
import type { ProjectionStore } from '../projector/projection-store.js';
import type { Projection } from '../projector/projection.js';

/** The progress of the read models, for callers that wait for a position. */
export interface ReadModelProgress extends AsyncDisposable {
  /** Whether every read model for queries has the position before `signal` ends the wait. */
  reached(at: LogPosition, signal: AbortSignal): Promise<boolean>;
  /** The lowest position of them in the partition at the last poll, which ran for the last waiter. */
  known(partition: Partition): Position;
  /**
   * Waits until the read models hold all events of this partition up to now: for a "no", such as "not a member", that
   * must not come from a lagging read model.
   */
  settled(partition: Partition, signal: AbortSignal): Promise<boolean>;
  /**
   * The database was restarted or replaced, and the log is unchanged up to this position: the known progress is
   * dropped, since the last commits of read models may be lost, and waits for a later position end.
   */
  forked(partition: Partition, after: Position): void;
  /** The same for all partitions of an unchanged log: PostgreSQL may have crashed. Waits continue. */
  forget(): void;
  /** From a projector in the same process: a hint that a read model moved. */
  moved(partition: Partition): void;
  stop(): Promise<void>;
}

export interface ReadModelSet {
  readonly store: ProjectionStore<Projection>;
  readonly projections: readonly Projection[];
  /** Whether an error of this store may pass by itself. */
  readonly isTransient: (error: unknown) => boolean;
}

export interface ReadModelProgressOptions {
  readonly models: readonly ReadModelSet[];
  readonly events: EventStore;
  readonly partitions: number;
  /** Interval of the poll while a caller waits, in milliseconds. */
  readonly pollIntervalMs: number;
  readonly logger: Logger;
}

interface Wait {
  readonly at: LogPosition;
  /** Replaced after its call: a Set may retain removed entries for long, see `Waiters` of the receipts. */
  settle: (reached: boolean) => void;
}

const SETTLED = (): void => undefined;

export function createReadModelProgress(options: ReadModelProgressOptions): ReadModelProgress {
  const { models, events, partitions, pollIntervalMs, logger } = options;
  const waits = new Set<Wait>();
  const low: Position[] = Array.from({ length: partitions }, () => position(0));
  const forks = low.map(() => 0);
  let polling: Promise<void> | null = null;
  let failing = false;
  let again = false;

  const meet = (): void => {
    for (const wait of waits) if (low[wait.at.partition]! >= wait.at.position) wait.settle(true);
  };

  /**
   * The lowest position of all read models that are read: those in PostgreSQL also while they fill, since queries have
   * no other source, those in Redis once they are live.
   */
  const poll = async (): Promise<void> => {
    const before = [...forks];
    const sets = await Promise.all(
      models.map(async ({ store, projections }) => {
        try {
          const all = await store.progressOfAll(projections, partitions);
          return all.map((progress) =>
            progress.map(({ position: at, live }) => (live || store.kind === 'postgres' ? at : null)),
          );
        } catch (error) {
          // Without Redis, its read models are not read. Without PostgreSQL nothing is read, and no wait ends.
          if (store.kind === 'redis') return [];
          throw error;
        }
      }),
    );
    for (let partition = 0; partition < partitions; partition++) {
      // From before the fork.
      if (forks[partition] !== before[partition]) continue;
      const read = sets.flat().flatMap((positions) => positions[partition] ?? []);
      low[partition] = position(read.length === 0 ? 0 : Math.min(...read));
    }
    meet();
  };

  const pollNow = (): void => {
    if (polling) {
      again = true;
      return;
    }
    polling = poll()
      .then(
        () => void (failing = false),
        (error: unknown) => {
          // Once: polls are frequent, and the log has to stay readable while the database is away.
          if (!failing) logger.warn({ err: error }, 'could not read the progress of the read models; retrying');
          failing = true;
        },
      )
      .finally(() => {
        polling = null;
        if (!again) return;
        again = false;
        if (waits.size > 0) pollNow();
      });
  };

  const timer = setInterval(() => {
    if (waits.size > 0) pollNow();
  }, pollIntervalMs);
  timer.unref();

  const reached = (at: LogPosition, signal: AbortSignal): Promise<boolean> => {
    if ((low[at.partition] ?? 0) >= at.position) return Promise.resolve(true);
    if (signal.aborted || at.partition >= partitions) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wait: Wait = {
        at,
        settle(met) {
          waits.delete(wait);
          wait.settle = SETTLED;
          signal.removeEventListener('abort', end);
          resolve(met);
        },
      };
      const end = (): void => wait.settle(false);
      // One request may wait for many partitions.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', end, { once: true });
      waits.add(wait);
      pollNow();
    });
  };

  const stop = async (): Promise<void> => {
    clearInterval(timer);
    for (const wait of waits) wait.settle(false);
    await polling;
  };

  return {
    reached,
    known: (partition) => low[partition] ?? position(0),
    async settled(partition, signal) {
      const head = (await events.heads())[partition];
      return head === undefined ? false : reached({ partition, position: head }, signal);
    },
    forget() {
      low.fill(position(0));
      for (const partition of forks.keys()) forks[partition]!++;
      if (waits.size > 0) pollNow();
    },
    forked(partition, after) {
      low[partition] = position(0);
      forks[partition]!++;
      for (const wait of waits) if (wait.at.partition === partition && wait.at.position > after) wait.settle(false);
    },
    moved(partition) {
      for (const wait of waits) {
        if (wait.at.partition === partition) return pollNow();
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
