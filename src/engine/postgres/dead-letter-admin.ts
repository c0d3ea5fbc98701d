import type pg from 'pg';
import type { DeadLetterState } from '../store/dead-letters.js';

export interface DeadLetterRecord {
  readonly id: number;
  readonly source: string;
  readonly partition: number;
  readonly place: number;
  readonly key: string | null;
  readonly stream: string | null;
  readonly recordedAt: Date | null;
  readonly reason: string;
  readonly payload: string;
  readonly at: Date;
  readonly state: DeadLetterState;
  readonly requestedAt: Date | null;
  readonly triedAt: Date | null;
  readonly tries: number;
  readonly closedAt: Date | null;
}

/** The operator's side of the dead-letter store. */
export interface DeadLetterAdmin {
  /** Oldest first. `closed`: with the applied and dropped ones. */
  list(filter: {
    readonly source?: string | undefined;
    readonly closed: boolean;
  }): Promise<readonly DeadLetterRecord[]>;
  find(id: number): Promise<DeadLetterRecord | null>;
  /** Asks the owner of the partition for a retry. @returns whether the letter is waiting and so can be retried */
  request(id: number): Promise<boolean>;
  /**
   * Drops it. `answered`: a worker has to continue behind it, and confirms by clearing the request.
   * @returns whether the letter was waiting
   */
  drop(id: number, options: { readonly answered: boolean }): Promise<boolean>;
  /** Counts the events of these types with the same key that come after the letter's place in its partition. */
  behind(letter: DeadLetterRecord, types: readonly string[]): Promise<number>;
}

const COLUMNS = `id, source, partition, place, key, stream, recorded_at AS "recordedAt", reason, payload, at, state,
  requested_at AS "requestedAt", tried_at AS "triedAt", tries, closed_at AS "closedAt"`;

/** The caller owns the pool and closes it. */
export function deadLetterAdmin(pool: pg.Pool): DeadLetterAdmin {
  return {
    async list({ source, closed }) {
      const { rows } = await pool.query<DeadLetterRecord>(
        `SELECT ${COLUMNS} FROM dead_letters WHERE ($1::text IS NULL OR source = $1) ` +
          `AND ($2 OR state = 'waiting' OR requested_at IS NOT NULL) ORDER BY id`,
        [source ?? null, closed],
      );
      return rows;
    },

    async find(id) {
      const { rows } = await pool.query<DeadLetterRecord>(`SELECT ${COLUMNS} FROM dead_letters WHERE id = $1`, [id]);
      return rows[0] ?? null;
    },

    async request(id) {
      const { rowCount } = await pool.query(
        "UPDATE dead_letters SET requested_at = now() WHERE id = $1 AND state = 'waiting'",
        [id],
      );
      return rowCount === 1;
    },

    async drop(id, { answered }) {
      const { rowCount } = await pool.query(
        `UPDATE dead_letters SET state = 'dropped', closed_at = now(), ` +
          `requested_at = CASE WHEN $2 THEN now() END WHERE id = $1 AND state = 'waiting'`,
        [id, answered],
      );
      return rowCount === 1;
    },

    async behind({ partition, key, place }, types) {
      const { rows } = await pool.query<{ events: number }>(
        'SELECT count(*)::int AS events FROM events WHERE partition = $1 AND key = $2 ' +
          'AND position > $3 AND type = ANY($4::text[])',
        [partition, key, place, types],
      );
      return rows[0]!.events;
    },
  };
}
