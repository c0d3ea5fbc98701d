import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { Prisma, PrismaClient } from './prisma/client.js';
import { statementNames } from '../engine/postgres/statement-name.js';

export { Prisma };
export type { PrismaClient };

/** Runs the SQL of a query. */
export interface SqlReader {
  $queryRaw<T = unknown>(query: TemplateStringsArray | Prisma.Sql, ...values: readonly unknown[]): Promise<T>;
}

/**
 * Prisma on the caller's pool, with prepared statements. The caller closes both: `$disconnect()` first, then the pool.
 * Prisma parses times, numbers and arrays itself, independent of the pool's parsers.
 */
export function openPrisma(pool: pg.Pool): PrismaClient {
  const nameOf = statementNames();
  return new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: ({ sql }) => nameOf(sql) }),
    errorFormat: 'minimal',
  });
}
