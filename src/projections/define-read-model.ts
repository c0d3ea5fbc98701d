import type { PostgresProjection, RedisProjection, SqlExecutor } from '../engine/projector/projection.js';
import type { FoldedBy, ReadModelName } from '../events/definitions.js';
import { typesFoldedBy } from '../events/definitions.js';
import type { FoldedEvent } from '../events/event.js';

/** How rows forget a person: the read model folds the erasing events, or they have only ids, numbers and times. */
export type RowsForget = 'folded' | 'nothing personal';

/** What erasure has to know of a read model: `src/erasure/places.ts` reads it. */
interface Forgetting<T> {
  readonly forgets: T;
  /**
   * Its generations that are not folded any more, kept for a rollback or unfinished: the erasure sweep goes through
   * them, or they have nothing personal.
   */
  readonly oldGenerations: 'swept' | 'nothing personal';
}

/** A read model in tables, with a rule for each of them. */
export type PostgresReadModel = PostgresProjection & Forgetting<Readonly<Record<string, RowsForget>>>;
/** A read model in Redis. */
export type RedisReadModel = RedisProjection & Forgetting<RowsForget>;

type Defined<P, Own extends string> = Omit<P, 'store' | 'name' | 'handles' | 'tables' | Own>;

/** `src/projections/generated/read-models.ts` lists all read models. The events that it folds name it. */
export const postgresReadModel = <M extends ReadModelName>(
  definition: Defined<PostgresReadModel, 'apply'> & {
    readonly name: M;
    apply(sql: SqlExecutor, events: readonly FoldedEvent<FoldedBy<M>>[]): Promise<void>;
  },
): PostgresReadModel => ({
  ...definition,
  store: 'postgres',
  tables: Object.keys(definition.forgets),
  handles: typesFoldedBy(definition.name),
});

/** The same for Redis. */
export const redisReadModel = <M extends ReadModelName>(
  definition: Defined<RedisReadModel, 'encode'> & {
    readonly name: M;
    encode(event: FoldedEvent<FoldedBy<M>>): Readonly<Record<string, string | number>>;
  },
): RedisReadModel => ({
  ...definition,
  store: 'redis',
  handles: typesFoldedBy(definition.name),
});
