/** SQLSTATE of a database error, or the code of a broken connection; null for anything else. */
export function databaseCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const code: unknown = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : null;
}

export const violatedConstraint = (error: unknown): string | null =>
  databaseCode(error) === '23505' ? ((error as { constraint?: string }).constraint ?? null) : null;

/**
 * Why the database failed.
 *
 * - `passing`: the same work may succeed later without a change. Clients get UNAVAILABLE, and send again; workers wait.
 * - `misfit`: the database is not as the program expects it, for every record alike, such as a missing column or right.
 * It waits for an operator, a migration or another program. Clients get INTERNAL; workers wait, since the record is not
 * the cause.
 * - `record`: this work can never succeed, or the program is at fault. Clients get INTERNAL; workers isolate the record
 * as a dead letter.
 */
export type Fault = 'passing' | 'misfit' | 'record';

/** By class of SQLSTATE (its first two characters), or by a whole SQLSTATE that differs from its class. */
const FAULTS: Readonly<Record<string, Fault>> = {
  '08': 'passing', // connection_exception; poolers refuse with it, too
  '0A': 'misfit', // feature_not_supported
  '0L': 'misfit', // invalid_grantor
  '0P': 'misfit', // invalid_role_specification
  '21': 'record', // cardinality_violation
  '22': 'record', // data_exception: a character, number or time that the database cannot hold
  '23': 'record', // integrity_constraint_violation
  '25': 'misfit', // invalid_transaction_state
  '25006': 'passing', // read_only_sql_transaction: a server that is a standby for now
  '25P03': 'passing', // idle_in_transaction_session_timeout
  '25P04': 'passing', // transaction_timeout
  '26': 'passing', // invalid_sql_statement_name: a pooler that has forgotten it; the next connection prepares it anew
  '28': 'passing', // invalid_authorization_specification: sign-in is refused for now
  '3D': 'passing', // invalid_catalog_name: the same
  '3F': 'misfit', // invalid_schema_name
  '40': 'passing', // transaction_rollback: serialisation, deadlock
  '40002': 'record', // transaction_integrity_constraint_violation
  '42': 'misfit', // syntax_error_or_access_rule_violation: a missing table, column, function or right
  '42P05': 'passing', // duplicate_prepared_statement: see 26
  '44': 'record', // with_check_option_violation
  '53': 'passing', // insufficient_resources: memory, connections, disk; an operator makes room, and the work goes on
  '53400': 'misfit', // configuration_limit_exceeded
  '54': 'record', // program_limit_exceeded: a value too large for an index, too deep, too many
  '55': 'misfit', // object_not_in_prerequisite_state
  '55006': 'passing', // object_in_use
  '55P03': 'passing', // lock_not_available
  '57': 'passing', // operator_intervention: stopped, starting, cancelled
  '58': 'passing', // system_error: the disk
  '72': 'passing', // snapshot_too_old
  F0: 'misfit', // config_file_error
  HV: 'misfit', // fdw_error
  P0: 'record', // plpgsql_error
  XX: 'record', // internal_error
};

/** Prisma's codes for a database that is unreachable, refuses sign-in, is too busy, or has a conflict. */
const PASSING_IN_PRISMA = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2034',
]);

/** Prisma's adapter reports a broken or refused connection by these names, without the driver's code. */
const BROKEN_IN_PRISMA = new Set(['ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout', 'TlsConnectionError']);

const BROKEN_CONNECTION = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOBUFS',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * A Unix socket disappears with its server, and its queue may be full for a moment. For a file the same codes mean
 * another problem.
 */
const noSuchSocket = (error: unknown): boolean =>
  /\bconnect (ENOENT|EAGAIN)\b/.test(String((error as { message?: unknown } | null)?.message));

/** pg reports a connection that ended during a query, or a time-out, without a code. */
const DRIVER_GAVE_UP =
  /connection terminated|timeout exceeded when trying to connect|not queryable|query read timeout/i;

const unreachable = new WeakSet<object>();

/** Marks an error that came before the session was open, such as an untrusted certificate: no record is its cause. */
export function markUnreachable<T>(error: T): T {
  if (typeof error === 'object' && error !== null) unreachable.add(error);
  return error;
}

/**
 * PostgreSQL plans a prepared statement for the columns of its time. The connection is closed with the error, and the
 * next one plans anew.
 */
const isStalePlan = (error: unknown): boolean =>
  databaseCode(error) === '0A000' && (error as { routine?: unknown }).routine === 'RevalidateCachedQuery';

/** The server ended the session, or never began it: the work was not started. */
const endedSession = (error: object): boolean =>
  ['FATAL', 'PANIC'].includes(String((error as { severity?: unknown }).severity));

/** See {@link Fault}. An error from elsewhere is `record`: waiting does not help against a fault in the program. */
export function faultOf(error: unknown): Fault {
  if (typeof error !== 'object' || error === null) return 'record';
  if (error instanceof AggregateError) return error.errors.map(faultOf).find((fault) => fault !== 'record') ?? 'record';
  if (unreachable.has(error) || endedSession(error) || noSuchSocket(error) || isStalePlan(error)) return 'passing';
  if (BROKEN_IN_PRISMA.has(String((error as { kind?: unknown }).kind))) return 'passing';
  const code = databaseCode(error);
  if (code !== null && (PASSING_IN_PRISMA.has(code) || BROKEN_CONNECTION.has(code))) return 'passing';
  const known = code?.length === 5 ? (FAULTS[code] ?? FAULTS[code.slice(0, 2)]) : undefined;
  if (known !== undefined) return known;
  const inner = driverError(error);
  if (inner !== undefined) return faultOf(inner);
  if (code !== null) return 'record';
  return error instanceof Error && DRIVER_GAVE_UP.test(error.message) ? 'passing' : 'record';
}

/** Whether the same work may succeed later without a change. */
export const isTransient = (error: unknown): boolean => faultOf(error) === 'passing';

/**
 * Whether the failure has another cause than the record, so that every record fails alike. The work waits for the
 * server, a migration, a right, or a program that fits the database.
 */
export const isNoFaultOfTheRecord = (error: unknown): boolean => faultOf(error) !== 'record';

/** The driver's error inside that of Prisma or of one of our adapters. */
function driverError(error: object): unknown {
  const { meta, cause } = error as {
    readonly meta?: { readonly driverAdapterError?: unknown };
    readonly cause?: unknown;
  };
  if (meta?.driverAdapterError !== undefined) return meta.driverAdapterError;
  if (typeof cause !== 'object' || cause === null) return undefined;
  const { originalCode, severity } = cause as { readonly originalCode?: unknown; readonly severity?: unknown };
  return typeof originalCode === 'string' ? { code: originalCode, severity } : cause;
}
