import pg from 'pg';
import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import { LogError } from '../log/command-log.js';
import { faultOf } from './errors.js';
import type { AppendedBatch, AppendedCommand } from './recent-appends.js';

/** A named statement with a time limit. */
export type Query = <R extends pg.QueryResultRow>(text: string, values: unknown[]) => Promise<R[]>;

export interface Item extends AppendedCommand {
  readonly partition: Partition;
  readonly commandId: string;
}

/** The offset of an item, and the time at which the log took it. */
export interface Taken {
  readonly offset: Offset;
  readonly at: Date;
}

/**
 * Locks the head rows of the partitions in their order until the commit, so that offsets become visible in order, and
 * processes do not wait for each other in a circle. The time is taken under that lock, in whole milliseconds as
 * everywhere else, and never goes back within a partition. $1 queue; an entry for each partition in $2 partition, $3
 * number of commands; for each command, by partition, $4 partition, $5 number within the partition from 0 on, $6 key,
 * $7 id, $8 payload.
 */
const APPEND = `
  WITH asked AS (
    SELECT * FROM unnest($2::smallint[], $3::integer[]) AS a(partition, commands)
  ), head AS (
    INSERT INTO command_heads AS h (queue, partition, next_offset, last_at)
      SELECT $1, partition, commands, date_trunc('milliseconds', clock_timestamp()) FROM asked ORDER BY partition
    ON CONFLICT (queue, partition) DO UPDATE
      SET next_offset = h.next_offset + excluded.next_offset,
        last_at = greatest(h.last_at, date_trunc('milliseconds', clock_timestamp()))
    RETURNING h.partition, h.next_offset AS next, h.last_at AS at
  ), placed AS (
    SELECT head.partition, head.next - asked.commands AS first, head.at FROM head JOIN asked USING (partition)
  ), stored AS (
    INSERT INTO commands (queue, partition, "offset", key, command_id, payload, taken_at)
    SELECT $1, r.partition, placed.first + r.n, r.key, r.command_id, r.payload, placed.at
    FROM unnest($4::smallint[], $5::integer[], $6::text[], $7::text[], $8::text[])
      AS r(partition, n, key, command_id, payload) JOIN placed USING (partition)
  )
  SELECT partition::integer AS partition, first, at FROM placed`;

export interface AppendOptions {
  readonly query: Query;
  readonly queue: string;
  /** Called with each stored batch, in the order of a partition's offsets. */
  readonly stored: (partition: Partition, batch: AppendedBatch) => void;
}

/** @throws {LogError} LOG_UNAVAILABLE: the items may have been stored. A refused item has a result of its own. */
export type AppendCommands = (items: readonly Item[]) => Promise<(Taken | LogError)[]>;

/** An array in PostgreSQL's own notation: the driver would search each number for quotes. */
const numbers = (values: readonly number[]): string => `{${values.join(',')}}`;

export function createAppendCommands({ query, queue, stored }: AppendOptions): AppendCommands {
  async function store(items: readonly Item[]): Promise<Taken[]> {
    const byPartition = new Map<Partition, Item[]>();
    for (const item of items) {
      const own = byPartition.get(item.partition);
      if (own) own.push(item);
      else byPartition.set(item.partition, [item]);
    }
    const sorted = [...byPartition.values()].flat();
    const rows = await query<{ partition: Partition; first: number; at: Date }>(APPEND, [
      queue,
      numbers([...byPartition.keys()]),
      numbers([...byPartition.values()].map(({ length }) => length)),
      numbers(sorted.map(({ partition }) => partition)),
      numbers([...byPartition.values()].flatMap((own) => own.map((_, n) => n))),
      sorted.map(({ key }) => key),
      sorted.map(({ commandId }) => commandId),
      sorted.map(({ payload }) => payload),
    ]);
    const taken = new Map<Item, Taken>();
    for (const { partition, first, at } of rows) {
      const own = byPartition.get(partition)!;
      stored(partition, { first, at: at.getTime(), items: own });
      for (const [n, item] of own.entries()) taken.set(item, { offset: offset(first + n), at });
    }
    return items.map((item) => taken.get(item)!);
  }

  /** A refused command is found by bisection, so that the other commands of the batch are stored. */
  async function append(items: readonly Item[]): Promise<(Taken | LogError)[]> {
    try {
      return await store(items);
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
        return [...(await append(items.slice(0, half))), ...(await append(items.slice(half)))];
      }
      const refused = new LogError('LOG_REFUSED', `the database refuses this command of ${queue}, and will again`, {
        cause,
      });
      return items.map(() => refused);
    }
  }

  return append;
}
