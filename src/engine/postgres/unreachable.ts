import { serverPlace } from '../runtime/server-place.js';
import { databaseCode, isTransient } from './errors.js';

/** PostgreSQL does not let this process in. One line for an operator: which server, and which setting. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
  readonly code = 'DATABASE_UNREACHABLE';
}

const TIMED_OUT = /^(?:timeout expired|timeout exceeded when trying to connect|Query read timeout)$/;

/** The same error, said with the server where it is one of reaching it. The password is not told. */
export function sayWhichDatabase(error: unknown, url: string): unknown {
  if (!isTransient(error)) return error;
  const message = (error as Error).message || (databaseCode(error) ?? 'no reason is known');
  const reason = TIMED_OUT.test(message) ? 'it does not answer' : message;
  return new DatabaseUnreachableError(
    `PostgreSQL at ${serverPlace(url, 5432)} cannot be used (${reason}): start it, or correct DATABASE_URL`,
    { cause: error },
  );
}
