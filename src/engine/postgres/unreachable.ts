import { serverPlace } from '../runtime/server-place.js';
import { databaseCode, isTransient } from './errors.js';

/** PostgreSQL refuses this process or does not answer. One line for an operator: which server, and which setting. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
  readonly code = 'DATABASE_UNREACHABLE';
}

const TIMED_OUT = /^(?:timeout expired|timeout exceeded when trying to connect|Query read timeout)$/;

/** Names the server in an error of reaching it; other errors stay as they are. Never shows the password. */
export function describeUnreachable(error: unknown, url: string): unknown {
  if (!isTransient(error)) return error;
  const message = (error as Error).message || (databaseCode(error) ?? 'unknown reason');
  const reason = TIMED_OUT.test(message) ? 'it does not answer' : message;
  return new DatabaseUnreachableError(
    `PostgreSQL at ${serverPlace(url, 5432)} cannot be used (${reason}): start it, or correct DATABASE_URL`,
    { cause: error },
  );
}
