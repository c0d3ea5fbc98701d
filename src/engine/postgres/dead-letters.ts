import type pg from 'pg';
import type { Logger } from '../runtime/logging.js';
import type { EngineMetrics } from '../runtime/metrics.js';
import type { DeadLetters, DeadLetterState, WaitingDeadLetter } from '../store/dead-letters.js';
import type { DeadLetter } from '../store/event-store.js';

/**
 * One event that a read model cannot apply. In: $1 source, $2 partition, $3 place, $4 key, $5 reason, $6 payload, $7
 * stream, $8 recorded at. Out: one row (id, state, fresh). An existing letter of the place is reused, whatever its
 * payload: the event at a place never changes, but its data may have been erased.
 */
const INSERT_DEAD_LETTER = `
WITH known AS (
  UPDATE dead_letters SET reason = $5::text, state = CASE state WHEN 'applied' THEN 'waiting' ELSE state END,
    closed_at = CASE state WHEN 'applied' THEN NULL ELSE closed_at END
  WHERE id = (SELECT min(id) FROM dead_letters WHERE source = $1::text AND partition = $2::smallint
    AND place = $3::bigint)
  RETURNING id, state, false AS fresh
), stored AS (
  INSERT INTO dead_letters (source, partition, place, key, reason, payload, stream, recorded_at)
  SELECT $1, $2, $3, $4::text, $5, $6::text, $7::text, $8::timestamptz WHERE NOT EXISTS (SELECT FROM known)
  ON CONFLICT (source, partition, place, md5(payload)) DO UPDATE SET reason = excluded.reason
  RETURNING id, state, true AS fresh
)
SELECT * FROM known UNION ALL SELECT * FROM stored`;

const OPEN = `
SELECT id, source, partition, place, state, requested_at IS NOT NULL AS requested FROM dead_letters
WHERE (state = 'waiting' OR requested_at IS NOT NULL) AND source = ANY($1::text[]) ORDER BY id`;

const CLOSE = `
UPDATE dead_letters
SET state = CASE state WHEN 'dropped' THEN state ELSE 'applied' END, requested_at = NULL,
  closed_at = coalesce(closed_at, now())
WHERE id = ANY($1::bigint[])`;

const REOPEN =
  "UPDATE dead_letters SET state = 'waiting', closed_at = NULL WHERE id = ANY($1::bigint[]) AND state = 'applied'";

const FAILED_AGAIN = `
UPDATE dead_letters SET reason = $2, requested_at = NULL, tried_at = now(), tries = tries + 1 WHERE id = $1`;

export interface DeadLetterOptions {
  /** Durable: a letter is stored before its record is passed. */
  readonly pool: pg.Pool;
  /** Publishes a copy; absent without a topic. */
  readonly publish?: (letter: DeadLetter) => Promise<void>;
  readonly logger: Logger;
  readonly metrics: EngineMetrics;
}

export function postgresDeadLetters({ pool, publish, logger, metrics }: DeadLetterOptions): DeadLetters {
  const reportOne = async (letter: DeadLetter): Promise<void> => {
    metrics.deadLetters.inc({ source: letter.source });
    logger.error({ ...letter, payload: undefined }, 'a record could not be handled and is in the dead-letter store');
    try {
      await publish?.(letter);
    } catch (error) {
      logger.warn(
        { err: error, source: letter.source, place: letter.place },
        'a dead letter is stored, but its topic did not take the copy',
      );
    }
  };
  // In parallel, so that they share a round trip: their partition waits.
  const report = async (letters: readonly DeadLetter[]): Promise<void> =>
    void (await Promise.all(letters.map(reportOne)));

  return {
    report: report,

    async add(letter) {
      const { source, partition, place, key, reason, payload, stream, recordedAt } = letter;
      const { rows } = await pool.query<{ id: number; state: DeadLetterState; fresh: boolean }>(INSERT_DEAD_LETTER, [
        source,
        partition,
        place,
        key,
        reason,
        payload,
        stream ?? null,
        recordedAt ?? null,
      ]);
      const { id, state, fresh } = rows[0]!;
      if (fresh) await report([letter]);
      return { id, dropped: state === 'dropped' };
    },

    async open(sources) {
      const { rows } = await pool.query<WaitingDeadLetter>({ name: 'open-letters', text: OPEN, values: [sources] });
      return rows;
    },

    async states(ids) {
      if (ids.length === 0) return new Map();
      const { rows } = await pool.query<{ id: number; state: DeadLetterState }>(
        'SELECT id, state FROM dead_letters WHERE id = ANY($1::bigint[])',
        [ids],
      );
      return new Map(rows.map(({ id, state }) => [id, state]));
    },

    async failedAgain(id, reason) {
      await pool.query(FAILED_AGAIN, [id, reason]);
    },

    async close(ids) {
      if (ids.length > 0) await pool.query(CLOSE, [ids]);
    },

    async reopen(ids) {
      if (ids.length > 0) await pool.query(REOPEN, [ids]);
    },

    async waiting() {
      const { rows } = await pool.query<{ source: string; letters: number }>({
        name: 'waiting-letters',
        text: "SELECT source, count(*)::int AS letters FROM dead_letters WHERE state = 'waiting' GROUP BY source",
      });
      return new Map(rows.map(({ source, letters }) => [source, letters]));
    },
  };
}
