/** SQLSTATE of a database error, or the code of a broken connection; null for anything else. */
export function databaseCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const code: unknown = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : null;
}

export const violatedConstraint = (error: unknown): string | null =>
  databaseCode(error) === '23505' ? ((error as { constraint?: string }).constraint ?? null) : null;

const TRANSIENT_STATES = new Set([
  '25006', // read_only_sql_transaction: a server that is a standby for now
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

/** Prisma's own names for a database that is away, too busy, or in a conflict. */
const TRANSIENT_IN_PRISMA = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2034']);

/** What Prisma's adapter makes of a broken connection: it keeps no code of the driver's then. */
const BROKEN_IN_PRISMA = new Set(['ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout']);

/** object_not_in_prerequisite_state: of a connection that is being made, a database that lets nobody in for now. */
const lettingNobodyIn = (error: unknown): boolean => databaseCode(error) === '55000' && (error as { severity?: unknown }).severity === 'FATAL';

const BROKEN_CONNECTION = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);

/** A socket in the file system goes with its server, and one whose queue is full takes nobody for a moment. Of a file the same codes mean something else. */
const noSuchSocket = (error: unknown): boolean => /\bconnect (ENOENT|EAGAIN)\b/.test(String((error as { message?: unknown } | null)?.message));

/** Whether the same work may succeed later without a change to it. */
export function isTransient(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTransient);
  const code = databaseCode(error);
  if (BROKEN_IN_PRISMA.has(String((error as { kind?: unknown } | null)?.kind))) return true;
  if (code !== null && (TRANSIENT_STATES.has(code) || TRANSIENT_IN_PRISMA.has(code) || BROKEN_CONNECTION.has(code) || code.startsWith('08'))) return true;
  if (lettingNobodyIn(error) || noSuchSocket(error)) return true;
  const inner = driverError(error);
  if (inner !== undefined) return isTransient(inner);
  if (code !== null) return false;
  // pg reports a connection that ended under a query, or could not be had in time, without a code.
  return error instanceof Error && /connection terminated|timeout exceeded when trying to connect|not queryable/i.test(error.message);
}

/** Classes of SQLSTATE for a database that is not as the program expects it: a missing column, a missing right, another catalogue. */
const MISFIT_CLASSES = ['28', '3D', '3F', '42'];

/**
 * Whether work on a record failed for a reason that is none of the record: the same work on another record fails as well. It waits, for a
 * server that is back, a migration, a right that is granted, or the program that fits the database.
 */
export const isNoFaultOfTheRecord = (error: unknown): boolean =>
  isTransient(error) || MISFIT_CLASSES.some((state) => databaseCode(error)?.length === 5 && databaseCode(error)?.startsWith(state));

/** What the driver said, where Prisma has wrapped it. */
function driverError(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  const { meta, cause } = error as { readonly meta?: { readonly driverAdapterError?: unknown }; readonly cause?: unknown };
  if (meta?.driverAdapterError !== undefined) return meta.driverAdapterError;
  if (typeof cause !== 'object' || cause === null) return undefined;
  const { originalCode, severity } = cause as { readonly originalCode?: unknown; readonly severity?: unknown };
  return typeof originalCode === 'string' ? { code: originalCode, severity } : cause;
}
