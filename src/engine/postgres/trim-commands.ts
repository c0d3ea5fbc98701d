import type { Offset, Partition } from '../domain/ids.js';
import { offset } from '../domain/ids.js';
import type { Query } from './append-commands.js';

/**
 * Saves the progress of a group. Returns the offset that every group has passed. $1 queue, $2 partition, $3 group, $4
 * done.
 */
const PROGRESS = `
  WITH own AS (
    INSERT INTO command_progress (queue, group_name, partition, done) VALUES ($1, $3, $2, $4)
    ON CONFLICT (queue, group_name, partition) DO UPDATE SET done = excluded.done
  )
  SELECT least($4, min(done)) AS done FROM command_progress WHERE queue = $1 AND partition = $2 AND group_name <> $3`;

const TRIM_STEP = 5_000;
/** Deletes a bounded number of the oldest commands. $1 queue, $2 partition, $3 exclusive upper offset. */
const TRIM = `
  DELETE FROM commands WHERE queue = $1 AND partition = $2 AND "offset" < $3
    AND "offset" < (SELECT min("offset") FROM commands WHERE queue = $1 AND partition = $2) + ${TRIM_STEP}`;

export interface TrimmingOptions {
  readonly query: Query;
  readonly queue: string;
  /** The number of decided commands that are kept, for later inspection. */
  readonly keep: number;
  /** A statement without a time limit. @returns the number of changed rows */
  readonly change: (text: string, values: unknown[]) => Promise<number>;
  readonly stopping: () => boolean;
}

/** Deletes commands that every group has passed. */
export interface Trimming {
  /** Saves the progress of a group: no command behind it is deleted. */
  save(partition: Partition, group: string, done: Offset): Promise<void>;
  /** The same, and deletes the commands that no group needs. */
  handled(partition: Partition, group: string, done: Offset): Promise<void>;
  trim(partition: Partition, below: Offset): Promise<void>;
}

export function createTrimming({ query, queue, keep, change, stopping }: TrimmingOptions): Trimming {
  async function trim(partition: Partition, below: Offset): Promise<void> {
    let deleted: number;
    do {
      deleted = await change(TRIM, [queue, partition, below]);
    } while (deleted >= TRIM_STEP && !stopping());
  }

  async function passed(partition: Partition, group: string, done: Offset): Promise<Offset> {
    const [row] = await query<{ done: Offset | null }>(PROGRESS, [queue, partition, group, done]);
    return row?.done ?? done;
  }

  return {
    save: async (...place) => void (await passed(...place)),
    async handled(partition, group, done) {
      const below = (await passed(partition, group, done)) - keep;
      if (below > 0) await trim(partition, offset(below));
    },
    trim,
  };
}
