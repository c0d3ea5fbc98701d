import type pg from 'pg';
import type { Epoch, EpochPosition, Partition, Position } from '../domain/ids.js';
import type { Fork } from '../log/log-epochs.js';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';

/** Does not wait for a standby: it runs once per partition, and reads need the connections. */
const LOST = `
WITH bounded AS (SELECT set_config('synchronous_commit', 'local', true))
UPDATE event_epochs SET lost_to = greatest(lost_to, $3) FROM bounded WHERE partition = $1 AND epoch = $2`;

/**
 * Position $3 of epoch $2 is not in the log: it was lost at the first fork after that epoch. No row if the range is
 * known already, or if the log never forked there.
 */
const FOUND = `
WITH bounded AS (SELECT set_config('synchronous_commit', 'local', true)), forked AS (
  SELECT partition, epoch, fork, coalesce(lost_to, fork) AS known FROM event_epochs, bounded
  WHERE partition = $1 AND epoch > $2 AND fork < $3 ORDER BY epoch LIMIT 1 FOR UPDATE OF event_epochs
)
UPDATE event_epochs e SET lost_to = $3 FROM forked
WHERE e.partition = forked.partition AND e.epoch = forked.epoch AND forked.known < $3
RETURNING e.epoch, forked.fork, forked.known`;

/** Records the lost positions in the database. */
export async function noteLost(
  pool: Pick<pg.Pool, 'query'>,
  fork: { readonly partition: Partition; readonly epoch: number; readonly lostTo: Position },
): Promise<void> {
  await pool.query(LOST, [fork.partition, fork.epoch, fork.lostTo]);
}

export interface LostPositionsOptions {
  readonly pool: pg.Pool;
  readonly logger: Logger;
  readonly metrics: EngineMetrics | undefined;
}

/**
 * Reports the lost positions to operators. Each process reports the ones that it had seen; the database keeps the
 * largest range.
 */
export interface LostPositions {
  /** The process has seen the fork. Must not throw. */
  forked(fork: Fork & { readonly epoch: Epoch }): void;
  /**
   * A read model outside of the database holds a position that the log has lost. After a restore while every process
   * was stopped, nothing else shows the loss. Never throws.
   */
  found(at: EpochPosition): Promise<void>;
}

export function lostPositions({ pool, logger, metrics }: LostPositionsOptions): LostPositions {
  /** The last position that this process has counted as lost in a partition, by the epoch that began after it. */
  const counted = new Map<string, Position>();

  const report = (partition: Partition, epoch: Epoch, known: Position, lostFrom: number, lostTo: Position): void => {
    const key = `${partition}/${epoch}`;
    const from = Math.max(known, counted.get(key) ?? 0);
    if (lostTo <= from) return;
    counted.set(key, lostTo);
    metrics?.lostEvents.inc({ partition }, lostTo - from);
    logger.error(
      { partition, epoch, lostFrom, lostTo },
      'the database went back in time: it has lost events that were acknowledged. ' +
        'Data derived from them is dropped and read anew; see "When the database goes back in ' +
        'time" in docs/operations.md',
    );
  };
  const unrecorded = (partition: Partition, error: unknown): void =>
    logger.warn({ err: error, partition }, 'could not record the lost positions in the database');

  return {
    forked({ partition, after, lostTo, epoch }) {
      if (lostTo === after) {
        logger.debug(
          { partition, epoch, after },
          'the database was restarted or replaced, and has all known events of this partition',
        );
        return;
      }
      report(partition, epoch, after, after + 1, lostTo);
      noteLost(pool, { partition, epoch, lostTo }).catch((error: unknown) => unrecorded(partition, error));
    },

    async found({ partition, epoch, position: lostTo }) {
      try {
        const { rows } = await pool.query<{ epoch: Epoch; fork: number; known: Position }>(FOUND, [
          partition,
          epoch,
          lostTo,
        ]);
        for (const row of rows) report(partition, row.epoch, row.known, row.fork + 1, lostTo);
      } catch (error) {
        unrecorded(partition, error);
      }
    },
  };
}
