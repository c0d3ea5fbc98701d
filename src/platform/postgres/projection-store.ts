import type pg from 'pg';
import type { RecordedEvent } from '../../events/event.js';
import type { Partition, Position } from '../../events/ids.js';
import { position } from '../../events/ids.js';
import type { PostgresProjection, SqlExecutor } from '../../projections/projection.js';
import type { Parking, ProjectionProgress, ProjectionStore, Release } from '../ports/projection-store.js';
import { holdAndPark, moveParked, readParked } from './parked-keys.js';
import { transaction } from './pool.js';
import { statementNames } from './statement-name.js';

/** In: $1 names, $2 versions, $3 partition.  Makes the checkpoints that are not there yet. */
const MAKE = `
INSERT INTO projection_checkpoints (name, version, partition)
SELECT name, version, $3::smallint FROM unnest($1::text[], $2::integer[]) AS moving (name, version)
ON CONFLICT (name, version, partition) DO NOTHING`;

/**
 * Compare-and-set of the checkpoints of read models that take the same events.
 * In: $1 names, $2 versions, $3 partition, $4 from, $5 to.  Out: the names of those that stood at `from`.
 * Locks: the checkpoints' rows until the end of the transaction. Who comes second waits for them, and then finds them moved.
 */
const MOVE = `
UPDATE projection_checkpoints AS c SET position = $5::bigint
FROM unnest($1::text[], $2::integer[]) AS moving (name, version)
WHERE c.name = moving.name AND c.version = moving.version AND c.partition = $3::smallint AND c.position = $4::bigint
RETURNING c.name`;

/** Nobody else has business with these rows for long. Whoever waits for a lock holds a connection, and those who share the transaction. */
const BEGIN = "BEGIN; SET LOCAL lock_timeout = '1s'";

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

/** The events of a partition after `from`, up to `to`. */
interface Span {
  readonly partition: Partition;
  readonly from: Position;
  readonly to: Position;
}

/** One read model that takes the events of a span. */
interface Taking {
  readonly projection: PostgresProjection;
  readonly events: readonly RecordedEvent[];
  readonly resolve: (outcome: 'applied' | 'superseded') => void;
  readonly reject: (error: unknown) => void;
}

/** Ends a transaction that must leave nothing behind. */
class SupersededError extends Error {}

const START: ProjectionProgress = { position: position(0), live: false };

/** Statements of projections are few and run all the time: each is prepared once on each connection. */
function executorOn(client: pg.Pool | pg.PoolClient, nameOf: (text: string) => string): SqlExecutor {
  return { query: (text, values = []) => client.query<Record<string, unknown>>({ name: nameOf(text), text, values: [...values] }) };
}

/**
 * Read models in tables. The pool is the caller's, who closes it.
 *
 * Those that stand at the same place take the same events in the same turn of the event loop: they share one transaction, so that a read
 * model which the events do not concern costs one row more in a statement that runs anyhow. Should it fail, each goes by itself.
 */
export function postgresProjectionStore(pool: pg.Pool): ProjectionStore<PostgresProjection> {
  const nameOf = statementNames();
  const gathering = new Map<string, Taking[]>();

  /** The names of those that stood at `from`. */
  const move = async (sql: SqlExecutor, { partition, from, to }: Span, projections: readonly PostgresProjection[]): Promise<ReadonlySet<unknown>> => {
    const moving = [projections.map(({ name }) => name), projections.map(({ version }) => version), partition];
    if (from === 0) await sql.query(MAKE, moving);
    const { rows } = await sql.query(MOVE, [...moving, from, to]);
    return new Set(rows.map(({ name }) => name));
  };

  const store = (span: Span, together: readonly Taking[]): Promise<ReadonlySet<unknown>> => {
    const projections = together.map(({ projection }) => projection);
    const concerned = together.filter(({ events }) => events.length > 0);
    if (concerned.length === 0) return move(executorOn(pool, nameOf), span, projections);
    const work = async (client: pg.PoolClient): Promise<ReadonlySet<unknown>> => {
      const sql = executorOn(client, nameOf);
      const moved = await move(sql, span, projections);
      for (const { projection, events } of concerned) if (moved.has(projection.name)) await projection.apply(sql, events);
      return moved;
    };
    return transaction(pool, work, BEGIN);
  };

  const take = async (span: Span, together: readonly Taking[]): Promise<void> => {
    try {
      const moved = await store(span, together);
      for (const { projection, resolve } of together) resolve(moved.has(projection.name) ? 'applied' : 'superseded');
    } catch (error) {
      if (together.length > 1) await Promise.all(together.map((taking) => take(span, [taking])));
      else together[0]!.reject(error);
    }
  };

  /** A transaction of one read model alone, in which it finds its checkpoint at `from`, and does the rest under the lock on it. */
  const alone = async (span: Span, projection: PostgresProjection, work: (sql: SqlExecutor) => Promise<boolean>): Promise<'applied' | 'superseded'> => {
    try {
      await transaction(
        pool,
        async (client) => {
          const sql = executorOn(client, nameOf);
          if (!(await move(sql, span, [projection])).has(projection.name) || !(await work(sql))) throw new SupersededError();
        },
        BEGIN,
      );
      return 'applied';
    } catch (error) {
      if (error instanceof SupersededError) return 'superseded';
      throw error;
    }
  };

  const applyParking = (span: Span, projection: PostgresProjection, events: readonly RecordedEvent[], parking: Parking): Promise<'applied' | 'superseded'> =>
    alone(span, projection, async (sql) => {
      if (!(await holdAndPark(sql, projection, span.partition, parking))) return false;
      if (events.length > 0) await projection.apply(sql, events);
      return true;
    });

  const gather = (span: Span, taking: Taking): void => {
    const key = `${span.partition} ${span.from} ${span.to}`;
    const others = gathering.get(key);
    if (others?.some(({ projection }) => projection.name === taking.projection.name)) return void take(span, [taking]);
    if (others) return void others.push(taking);
    const together = [taking];
    gathering.set(key, together);
    setImmediate(() => {
      gathering.delete(key);
      void take(span, together);
    });
  };

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

    apply(projection, partition, from, to, events, parking) {
      if (parking) return applyParking({ partition, from, to }, projection, events, parking);
      return new Promise((resolve, reject) => gather({ partition, from, to }, { projection, events, resolve, reject }));
    },

    parked: (projection, partition) => readParked(pool, projection, partition),

    release: (projection, partition, at, release: Release) =>
      alone({ partition, from: at, to: at }, projection, async (sql) => {
        if (!(await moveParked(sql, projection, partition, release))) return false;
        if (release.events.length > 0) await projection.apply(sql, release.events);
        return true;
      }),

    async setLive({ name, version }, partition, live) {
      await pool.query({ name: 'projection-set-live', text: SET_LIVE, values: [name, version, partition, live] });
    },
  };
}
