import type pg from 'pg';
import type { Logger } from '../logging.js';
import type { Metrics } from '../metrics.js';
import type { DeadLetters } from '../ports/dead-letters.js';
import type { DeadLetter } from '../ports/event-store.js';

const BURY = `
INSERT INTO dead_letters (source, partition, place, key, reason, payload)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING`;

export interface DeadLetterOptions {
  readonly pool: pg.Pool;
  /** Publishes a copy; absent where there is no topic for it. */
  readonly publish?: (letter: DeadLetter) => Promise<void>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export function postgresDeadLetters({ pool, publish, logger, metrics }: DeadLetterOptions): DeadLetters {
  const tell = async (letters: readonly DeadLetter[]): Promise<void> => {
    for (const letter of letters) {
      metrics.deadLetters.inc({ source: letter.source });
      logger.error({ ...letter, payload: undefined }, 'a record could not be handled and is in the dead-letter store');
      try {
        await publish?.(letter);
      } catch (error) {
        logger.warn({ err: error, source: letter.source, place: letter.place }, 'a dead letter is stored, but its topic did not take the copy');
      }
    }
  };

  return {
    tell,
    async bury(letters) {
      const column = <K extends keyof DeadLetter>(name: K): DeadLetter[K][] => letters.map((letter) => letter[name]);
      await pool.query(BURY, [column('source'), column('partition'), column('place'), column('key'), column('reason'), column('payload')]);
      await tell(letters);
    },
  };
}
