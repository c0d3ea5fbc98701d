import type pg from 'pg';
import type { DeadLetterAdmin, DeadLetterRecord } from '../store/dead-letter-admin.js';

const COLUMNS = `id, source, partition, place, key, stream, recorded_at AS "recordedAt", reason, payload, at, state,
  requested_at AS "requestedAt", tried_at AS "triedAt", tries, closed_at AS "closedAt"`;

const SELECTED = `($1::text IS NULL OR source = $1) AND ($2 OR state = 'waiting' OR requested_at IS NOT NULL)`;

/**
 * In: arrays, an element for each letter: $1 partitions, $2 keys, $3 places, $4 types of events, joined by commas. Out:
 * a row for each, in their order.
 */
const BEHIND = `
SELECT (SELECT count(*) FROM events e WHERE e.partition = l.partition AND e.key = l.key AND e.position > l.place
  AND e.type = ANY(string_to_array(l.types, ','))) AS events
FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::text[])
  WITH ORDINALITY AS l (partition, key, place, types, nth)
ORDER BY l.nth`;

/** The caller owns the pool and closes it. */
export function deadLetterAdmin(pool: pg.Pool): DeadLetterAdmin {
  const requestAll = async (ids: readonly number[]): Promise<number> => {
    const { rowCount } = await pool.query(
      "UPDATE dead_letters SET requested_at = now() WHERE id = ANY($1::bigint[]) AND state = 'waiting'",
      [ids],
    );
    return rowCount ?? 0;
  };
  const dropAll: DeadLetterAdmin['dropAll'] = async (ids, { answered }) => {
    const { rowCount } = await pool.query(
      `UPDATE dead_letters SET state = 'dropped', closed_at = now(), ` +
        `requested_at = CASE WHEN $2 THEN now() END WHERE id = ANY($1::bigint[]) AND state = 'waiting'`,
      [ids, answered],
    );
    return rowCount ?? 0;
  };

  return {
    async list({ source, closed, after, limit }) {
      const { rows } = await pool.query<DeadLetterRecord>(
        `SELECT ${COLUMNS} FROM dead_letters WHERE ${SELECTED} AND id > $3 ORDER BY id LIMIT $4`,
        [source ?? null, closed, after ?? 0, limit ?? null],
      );
      return rows;
    },

    async count({ source, closed }) {
      const { rows } = await pool.query<{ letters: number }>(
        `SELECT count(*) AS letters FROM dead_letters WHERE ${SELECTED}`,
        [source ?? null, closed],
      );
      return rows[0]!.letters;
    },

    async find(id) {
      const { rows } = await pool.query<DeadLetterRecord>(`SELECT ${COLUMNS} FROM dead_letters WHERE id = $1`, [id]);
      return rows[0] ?? null;
    },

    async findAll(ids) {
      const { rows } = await pool.query<DeadLetterRecord>(
        `SELECT ${COLUMNS} FROM dead_letters WHERE id = ANY($1::bigint[]) ORDER BY id`,
        [ids],
      );
      return rows;
    },

    request: async (id) => (await requestAll([id])) === 1,
    requestAll,
    drop: async (id, options) => (await dropAll([id], options)) === 1,
    dropAll,

    async behind(letters) {
      if (letters.length === 0) return [];
      const { rows } = await pool.query<{ events: number }>(BEHIND, [
        letters.map(({ letter }) => letter.partition),
        letters.map(({ letter }) => letter.key),
        letters.map(({ letter }) => letter.place),
        letters.map(({ types }) => types.join(',')),
      ]);
      return rows.map(({ events }) => events);
    },
  };
}
