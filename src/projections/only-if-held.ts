import type { ReadNeeds } from '../engine/projector/read-replica.js';
import type { SqlReader } from './prisma-client.js';
import { Prisma } from './prisma-client.js';

/** The replica does not hold what the query needs. */
export class ReplicaBehindError extends Error {}

interface Guarded {
  readonly madang_holds: boolean;
  /** Null in the one row of an empty answer. */
  readonly madang_n: number | null;
}

/**
 * A reader that answers only from a database which holds `needs`: the checkpoints are read by the statement of the
 * query itself, so they are of the same snapshot. A statement has a server of its own behind a balancer of replicas, so
 * nothing that an earlier one has found would do.
 * @throws {ReplicaBehindError} from each query
 */
export function onlyIfHeld(database: SqlReader, { models, at }: ReadNeeds): SqlReader {
  const partitions = at.map(({ partition }) => partition);
  const guard = Prisma.sql`
    SELECT bool_and(coalesce(h.epoch = need.epoch, false) AND coalesce(c.position, 0) >= need.at) AS madang_holds
    FROM unnest(${partitions}::smallint[], ${at.map(({ epoch }) => BigInt(epoch))}::bigint[],
      ${at.map(({ position }) => BigInt(position))}::bigint[]) AS need (partition, epoch, at)
    CROSS JOIN unnest(${[...models]}::text[]) AS model (name)
    LEFT JOIN event_heads h ON h.partition = need.partition
    LEFT JOIN projection_checkpoints c ON c.name = model.name AND c.partition = need.partition`;
  return {
    async $queryRaw<T>(query: TemplateStringsArray | Prisma.Sql, ...values: readonly unknown[]): Promise<T> {
      const asked = 'raw' in query ? Prisma.sql(query, ...values) : query;
      const rows = await database.$queryRaw<Guarded[]>`
        WITH guard AS MATERIALIZED (${guard})
        SELECT guard.madang_holds, answer.*
        FROM guard LEFT JOIN LATERAL (
          SELECT row_number() OVER ()::integer AS madang_n, asked.* FROM (${asked}) AS asked WHERE guard.madang_holds
        ) AS answer ON true
        ORDER BY answer.madang_n`;
      if (!rows[0]?.madang_holds) throw new ReplicaBehindError();
      return rows
        .filter(({ madang_n: n }) => n !== null)
        .map(({ madang_holds: _holds, madang_n: _n, ...row }) => row) as T;
    },
  };
}
