import type pg from 'pg';
import type { RecordedEvent } from '../domain/event.js';
import { position } from '../domain/ids.js';
import type { PostgresProjection, SqlExecutor } from '../projector/projection.js';
import type { Parking, ProjectionProgress, ProjectionStore, Release } from '../projector/projection-store.js';
import type { Span } from './checkpoints.js';
import type { DatabaseRun } from './epochs.js';
import { executorOn, moveCheckpoints } from './checkpoints.js';
import { holdAndPark, moveParked, readParked } from './parked-keys.js';
import { transaction } from './pool.js';
import { statementNames } from './statement-name.js';

/**
 * No other process locks these rows for long. A waiter would hold a connection and the read models that share its
 * transaction.
 */
const BEGIN = "BEGIN; SET LOCAL lock_timeout = '1s'";

/** In: $1 names, $2 number of partitions. Out: a row per pair, by projection as asked, then by partition. */
const PROGRESS = `
SELECT coalesce(c.position, 0) AS position, coalesce(c.live, false) AS live, c.version
FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, n)
CROSS JOIN generate_series(0, $2::integer - 1) AS p (partition)
LEFT JOIN projection_checkpoints c ON c.name = asked.name AND c.partition = p.partition
ORDER BY asked.n, p.partition`;

const SET_LIVE = `
INSERT INTO projection_checkpoints AS c (name, version, partition, live) VALUES ($1, $2, $3, $4)
ON CONFLICT (name, partition) DO UPDATE SET live = excluded.live WHERE c.version = excluded.version`;

/** One read model that takes the events of a span. */
interface Taking {
  readonly projection: PostgresProjection;
  readonly events: readonly RecordedEvent[];
  /** An error if the log has forked since the request: the events may be lost ones. */
  readonly refusal: () => Error | null;
  readonly resolve: (outcome: 'applied' | 'superseded') => void;
  readonly reject: (error: unknown) => void;
}

/** Rolls back a transaction that must leave nothing behind. */
class FencedError extends Error {}

const START: ProjectionProgress = { position: position(0), live: false, version: null };

/**
 * Read models in tables, which go back in time together with the log. The caller owns the pool and closes it.
 *
 * Read models at the same position take the same events in the same turn of the event loop: they share one transaction,
 * so that a read model without a matching event costs one more row in a statement. If the shared transaction fails,
 * each read model gets its own.
 */
export function postgresProjectionStore(pool: pg.Pool, run?: DatabaseRun): ProjectionStore<PostgresProjection> {
  const nameOf = statementNames();
  const gathering = new Map<string, Taking[]>();

  const store = (span: Span, together: readonly Taking[]): Promise<ReadonlySet<unknown>> => {
    const projections = together.map(({ projection }) => projection);
    const concerned = together.filter(({ events }) => events.length > 0);
    if (concerned.length === 0) return moveCheckpoints(executorOn(pool, nameOf), span, projections);
    const work = async (client: pg.PoolClient): Promise<ReadonlySet<unknown>> => {
      const sql = executorOn(client, nameOf);
      const moved = await moveCheckpoints(sql, span, projections);
      for (const { projection, events } of concerned)
        if (moved.has(projection.name)) await projection.apply(sql, events);
      return moved;
    };
    return transaction(pool, work, BEGIN);
  };

  const take = async (span: Span, together: readonly Taking[]): Promise<void> => {
    // All requests are of the same turn: a fork concerns all of them or none.
    const refused = together[0]!.refusal();
    if (refused) return together.forEach(({ reject }) => reject(refused));
    try {
      const moved = await store(span, together);
      for (const { projection, resolve } of together) resolve(moved.has(projection.name) ? 'applied' : 'superseded');
    } catch (error) {
      if (together.length > 1) await Promise.all(together.map((taking) => take(span, [taking])));
      else together[0]!.reject(error);
    }
  };

  /** A transaction of one read model alone, which finds its checkpoint at `from` and works under the lock on it. */
  const alone = async (
    span: Span,
    projection: PostgresProjection,
    work: (sql: SqlExecutor) => Promise<boolean>,
  ): Promise<'applied' | 'superseded'> => {
    try {
      await transaction(
        pool,
        async (client) => {
          const sql = executorOn(client, nameOf);
          if (!(await moveCheckpoints(sql, span, [projection])).has(projection.name) || !(await work(sql)))
            throw new FencedError();
        },
        BEGIN,
      );
      return 'applied';
    } catch (error) {
      if (error instanceof FencedError) return 'superseded';
      throw error;
    }
  };

  const applyParking = (
    span: Span,
    projection: PostgresProjection,
    events: readonly RecordedEvent[],
    parking: Parking,
  ): Promise<'applied' | 'superseded'> =>
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

    async progress({ name }, partition) {
      const { rows } = await pool.query<ProjectionProgress>({
        name: 'projection-progress',
        text: 'SELECT position, live, version FROM projection_checkpoints WHERE name = $1 AND partition = $2',
        values: [name, partition],
      });
      return rows[0] ?? START;
    },

    async progressOfAll(projections, partitions) {
      const { rows } = await pool.query<ProjectionProgress>({
        name: 'projection-progress-of-all',
        text: PROGRESS,
        values: [projections.map(({ name }) => name), partitions],
      });
      return projections.map((_, index) => rows.slice(index * partitions, (index + 1) * partitions));
    },

    apply(projection, partition, from, to, events, parking) {
      if (parking) return applyParking({ partition, from, to }, projection, events, parking);
      const refusal = run?.asked() ?? (() => null);
      return new Promise((resolve, reject) =>
        gather({ partition, from, to }, { projection, events, refusal, resolve, reject }),
      );
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
