/** SQLSTATE of a database error, or the code of a broken connection; null for anything else. */
export function databaseCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const code: unknown = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : null;
}

export const violatedConstraint = (error: unknown): string | null =>
  databaseCode(error) === '23505' ? ((error as { constraint?: string }).constraint ?? null) : null;

const TRANSIENT_STATES = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53100', // disk_full: an operator frees space, and the work goes on
  '53200', // out_of_memory
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled, such as by a statement time-out
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '58030', // io_error
]);

const BROKEN_CONNECTION = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);

/** Whether the same work may succeed later without a change to it. */
export function isTransient(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTransient);
  const code = databaseCode(error);
  if (code !== null) return TRANSIENT_STATES.has(code) || BROKEN_CONNECTION.has(code) || code.startsWith('08');
  // pg reports a connection that ended under a query, or could not be had in time, without a code.
  return error instanceof Error && /connection terminated|timeout exceeded when trying to connect|not queryable/i.test(error.message);
}
