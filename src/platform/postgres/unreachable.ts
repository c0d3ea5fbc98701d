import { databaseCode, isTransient } from './errors.js';

/** PostgreSQL does not let this process in. One line for an operator: which server, and which setting. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
  readonly code = 'DATABASE_UNREACHABLE';
}

/** Codes of a server that answers, and lets nobody in under this name and password, or has no such database. */
const REFUSED = ['28P01', '28000', '3D000'];

/** The same error, said with the server where it is one of reaching it. The password is not told. */
export function sayWhichDatabase(error: unknown, url: string): unknown {
  if (!isTransient(error) && !REFUSED.includes(databaseCode(error) ?? '')) return error;
  const reason = (error as Error).message || databaseCode(error);
  return new DatabaseUnreachableError(`PostgreSQL at ${placeOf(url)} cannot be used (${reason}): start it, or correct DATABASE_URL`, { cause: error });
}

function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'the address of DATABASE_URL';
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? (hostname || 'localhost')}:${port || 5432}${pathname}`;
}
