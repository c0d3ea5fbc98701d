import pg from 'pg';
import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import { LogError } from '../log/command-log.js';
import { faultOf } from './errors.js';
import type { AppendedBatch, AppendedCommand } from './recent-appends.js';

/** A named statement with a time limit. */
export type Query = <R extends pg.QueryResultRow>(text: string, values: unknown[]) => Promise<R[]>;

export interface Item extends AppendedCommand {
  readonly commandId: string;
}

/** The offset of an item, and the time at which the log took it. */
export interface Taken {
  readonly offset: Offset;
  readonly at: Date;
}

/**
 * One partition per statement. Locks its head row until the commit, so that offsets become visible in order. The time
 * is taken under that lock, in whole milliseconds as everywhere else, and never goes back within a partition. $1 queue,
 * $2 partition.
 */
const APPEND = `
  WITH head AS (
    INSERT INTO command_heads AS h (queue, partition, next_offset, last_at)
      VALUES ($1, $2, $3, date_trunc('milliseconds', clock_timestamp()))
    ON CONFLICT (queue, partition) DO UPDATE
      SET next_offset = h.next_offset + $3, last_at = greatest(h.last_at, date_trunc('milliseconds', clock_timestamp()))
    RETURNING h.next_offset - $3 AS first, h.last_at AS at
  ), stored AS (
    INSERT INTO commands (queue, partition, "offset", key, command_id, payload, taken_at)
    SELECT $1, $2, head.first + r.n - 1, r.key, r.command_id, r.payload, head.at
    FROM head, unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS r(key, command_id, payload, n)
  )
  SELECT first, at FROM head`;

export interface AppendOptions {
  readonly query: Query;
  readonly queue: string;
  /** Called with each stored batch, in the order of a partition's offsets. */
  readonly stored: (partition: Partition, batch: AppendedBatch) => void;
}

/** @throws {LogError} LOG_UNAVAILABLE: the items may have been stored. A refused item has a result of its own. */
export type AppendCommands = (partition: Partition, items: readonly Item[]) => Promise<(Taken | LogError)[]>;

export function createAppendCommands({ query, queue, stored }: AppendOptions): AppendCommands {
  async function store(partition: Partition, items: readonly Item[]): Promise<Taken[]> {
    const [row] = await query<{ first: number; at: Date }>(APPEND, [
      queue,
      partition,
      items.length,
      items.map(({ key }) => key),
      items.map(({ commandId }) => commandId),
      items.map(({ payload }) => payload),
    ]);
    const { first, at } = row!;
    stored(partition, { first, at: at.getTime(), items });
    return items.map((_, index) => ({ offset: offset(first + index), at }));
  }

  /** A refused command is found by bisection, so that the other commands of the batch are stored. */
  async function append(partition: Partition, items: readonly Item[]): Promise<(Taken | LogError)[]> {
    try {
      return await store(partition, items);
    } catch (cause) {
      // A statement without an answer may have been stored. A statement that was answered with an error was not.
      const fault = cause instanceof pg.DatabaseError ? faultOf(cause) : 'passing';
      if (fault === 'passing') {
        throw new LogError('LOG_UNAVAILABLE', `the database did not take commands of ${queue}: send the same again`, {
          cause,
        });
      }
      if (fault === 'record' && items.length > 1) {
        const half = Math.ceil(items.length / 2);
        return [...(await append(partition, items.slice(0, half))), ...(await append(partition, items.slice(half)))];
      }
      const refused = new LogError('LOG_REFUSED', `the database refuses this command of ${queue}, and will again`, {
        cause,
      });
      return items.map(() => refused);
    }
  }

  return append;
}
