import { setMaxListeners } from 'node:events';
import type { LogPosition, Partition, Position } from '../domain/ids.js';
import { position } from '../domain/ids.js';
import type { Logger } from '../runtime/logging.js';
import type { EventStore } from '../store/event-store.js';
import type { ProjectionStore } from '../projector/projection-store.js';
import type { Projection } from '../projector/projection.js';

/** How far the read models are, for those who wait for a position. */
export interface ReadModelProgress extends AsyncDisposable {
  /** Whether every read model that queries read from has the position before `signal` ends the wait. */
  reached(at: LogPosition, signal: AbortSignal): Promise<boolean>;
  /** What they all had of the partition at the last look, which took place when somebody waited last. */
  known(partition: Partition): Position;
  /**
   * Waits until the read models hold everything that was decided in this partition up to now. For a "no" that must not
   * be one of a read model that lags, such as "not a member".
   */
  settled(partition: Partition, signal: AbortSignal): Promise<boolean>;
  /**
   * The database was restarted or replaced, and this is how far the log still is what it was: what was known of the
   * read models is forgotten, for their last commits may be lost, and nobody waits any longer for a position behind it.
   */
  forked(partition: Partition, after: Position): void;
  /** The same for all partitions, where the log is as it was: PostgreSQL may have crashed. Those who wait go on. */
  forget(): void;
  /** From a projector in the same process: a hint that a read model moved. */
  moved(partition: Partition): void;
  stop(): Promise<void>;
}

export interface ReadModelSet {
  readonly store: ProjectionStore<Projection>;
  readonly projections: readonly Projection[];
  /** Whether an error of this store may go away by itself. */
  readonly isTransient: (error: unknown) => boolean;
}

export interface ReadModelProgressOptions {
  readonly models: readonly ReadModelSet[];
  readonly events: EventStore;
  readonly partitions: number;
  /** How often to look while someone waits, in milliseconds. */
  readonly pollIntervalMs: number;
  readonly logger: Logger;
}

interface Wait {
  readonly at: LogPosition;
  /** Replaced once it was called: a Set may keep what is gone from it for long, see `Waiters` of the receipts. */
  settle: (reached: boolean) => void;
}

const SETTLED = (): void => undefined;

export function createReadModelProgress(options: ReadModelProgressOptions): ReadModelProgress {
  const { models, events, partitions, pollIntervalMs, logger } = options;
  const waits = new Set<Wait>();
  const low: Position[] = Array.from({ length: partitions }, () => position(0));
  const forks = low.map(() => 0);
  let polling: Promise<void> | null = null;
  let again = false;

  const meet = (): void => {
    for (const wait of waits) if (low[wait.at.partition]! >= wait.at.position) wait.settle(true);
  };

  /**
   * The lowest position over all read models that are read from: those in PostgreSQL also while they fill, for nothing
   * stands behind them, those in Redis once they are live.
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
          // Redis away: its read models are not read from. PostgreSQL away: nothing is, so nobody's wait ends.
          if (store.kind === 'redis') return [];
          throw error;
        }
      }),
    );
    for (let partition = 0; partition < partitions; partition++) {
      // Of the database as it was before.
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
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'could not read how far the read models are; trying again'),
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
