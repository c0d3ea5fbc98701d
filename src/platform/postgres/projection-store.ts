import type pg from 'pg';
import type { Position } from '../../events/ids.js';
import { position } from '../../events/ids.js';
import type { PostgresProjection, SqlExecutor } from '../../projections/projection.js';
import type { ProjectionProgress, ProjectionStore } from '../ports/projection-store.js';
import { transaction } from './pool.js';
import { statementNames } from './statement-name.js';

/**
 * Compare-and-set of a checkpoint, which is made when the projection begins.
 * In: $1 name, $2 version, $3 partition, $4 from, $5 to.  Out: a row where it stood at `from`.
 * Locks: the checkpoint's row until the end of the transaction. Who comes second waits for it, and then finds it moved.
 */
const MOVE = `
INSERT INTO projection_checkpoints AS c (name, version, partition, position)
SELECT $1, $2::integer, $3::smallint, $5::bigint
WHERE $4::bigint = 0 OR EXISTS (SELECT FROM projection_checkpoints WHERE name = $1 AND version = $2::integer AND partition = $3::smallint)
ON CONFLICT (name, version, partition) DO UPDATE SET position = excluded.position WHERE c.position = $4::bigint
RETURNING 1`;

/** In: $1 names, $2 versions, $3 number of partitions.  Out: a row for each pair, by projection as asked, then by partition. */
const PROGRESS = `
SELECT coalesce(c.position, 0) AS position, coalesce(c.live, false) AS live
FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS asked (name, version, n)
CROSS JOIN generate_series(0, $3::integer - 1) AS p (partition)
LEFT JOIN projection_checkpoints c ON c.name = asked.name AND c.version = asked.version AND c.partition = p.partition
ORDER BY asked.n, p.partition`;

const SET_LIVE = `
INSERT INTO projection_checkpoints (name, version, partition, live) VALUES ($1, $2, $3, $4)
ON CONFLICT (name, version, partition) DO UPDATE SET live = excluded.live`;

interface ProgressRow {
  readonly position: Position;
  readonly live: boolean;
}

const START: ProjectionProgress = { position: position(0), live: false };

/** Statements of projections are few and run all the time: each is prepared once on each connection. */
function executorOn(client: pg.PoolClient, nameOf: (text: string) => string): SqlExecutor {
  return { query: (text, values = []) => client.query<Record<string, unknown>>({ name: nameOf(text), text, values: [...values] }) };
}

/** Read models in tables. The pool is the caller's, who closes it. */
export function postgresProjectionStore(pool: pg.Pool): ProjectionStore<PostgresProjection> {
  const nameOf = statementNames();

  return {
    kind: 'postgres',

    async progress({ name, version }, partition) {
      const { rows } = await pool.query<ProgressRow>({
        name: 'projection-progress',
        text: 'SELECT position, live FROM projection_checkpoints WHERE name = $1 AND version = $2 AND partition = $3',
        values: [name, version, partition],
      });
      return rows[0] ?? START;
    },

    async progressOfAll(projections, partitions) {
      const { rows } = await pool.query<ProgressRow>({
        name: 'projection-progress-of-all',
        text: PROGRESS,
        values: [projections.map(({ name }) => name), projections.map(({ version }) => version), partitions],
      });
      return projections.map((_, index) => rows.slice(index * partitions, (index + 1) * partitions));
    },

    async apply(projection, partition, from, to, events) {
      const move = {
        name: 'projection-move',
        text: MOVE,
        values: [projection.name, projection.version, partition, from, to],
      };
      if (events.length === 0) return (await pool.query(move)).rowCount === 1 ? 'applied' : 'superseded';
      return transaction(pool, async (client) => {
        if ((await client.query(move)).rowCount !== 1) return 'superseded';
        await projection.apply(executorOn(client, nameOf), events);
        return 'applied';
      });
    },

    async setLive({ name, version }, partition, live) {
      await pool.query({ name: 'projection-set-live', text: SET_LIVE, values: [name, version, partition, live] });
    },
  };
}
