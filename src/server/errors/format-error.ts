import { GraphQLError, Kind } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import type { TraceId } from '../../engine/domain/ids.js';
import type { Logger } from '../../engine/runtime/logging.js';
import { ERROR_CODES } from './error-codes.js';
import type { ErrorCode } from './error-codes.js';
import { shortened } from './short-error.js';

export interface ErrorScope {
  readonly traceId: TraceId;
  readonly logger: Logger;
  /** Whether the same work may succeed later without a change, by the judgement of the adapters. */
  readonly isTransient?: ((error: unknown) => boolean) | undefined;
  /** Called for each error with the code in the answer. */
  readonly countError?: ((code: ErrorCode) => void) | undefined;
}

export const RETRY_AFTER_MS = 1_000;

/** Codes of the GraphQL server itself, for malformed requests. */
const FOREIGN_CODES: Readonly<Record<string, ErrorCode>> = {
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
};

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);

/**
 * The error as a client sees it: a known code, and the extensions that the table of codes names. Every other error is
 * logged here, once, and becomes INTERNAL with the trace id. Called for each error by each transport, and by the
 * fan-out's executions.
 */
export function formatError(error: unknown, scope: ErrorScope): GraphQLFormattedError {
  const formatted = format(error, scope);
  scope.countError?.(formatted.extensions!.code as ErrorCode);
  return formatted;
}

function format(error: unknown, { traceId, logger, isTransient = () => false }: ErrorScope): GraphQLFormattedError {
  const { locations, path, ...shown } = error instanceof GraphQLError ? shortened(error).toJSON() : { message: '' };
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const code = knownCode(error);
  if (code) return { message: shown.message, ...place, extensions: { code, ...declared(code, error) } };

  const cause = innermost(error);
  if (isTransient(cause)) {
    logger.warn(
      { err: cause, traceId },
      'a service that the operation needs is unavailable; the client gets UNAVAILABLE',
    );
    const message = `A part that this needs is away for the moment: try again in ${RETRY_AFTER_MS} ms.`;
    return { message, ...place, extensions: { code: 'UNAVAILABLE', retryAfterMs: RETRY_AFTER_MS } };
  }
  logger.error({ err: cause, traceId, ...(path ? { path } : {}) }, 'an operation failed');
  return {
    message: 'The server failed at this. Report the trace id.',
    ...place,
    extensions: { code: 'INTERNAL', traceId },
  };
}

/** The code that `formatError` gives an error. */
export const errorCodeOf = (error: unknown, isTransient: (error: unknown) => boolean = () => false): ErrorCode =>
  knownCode(error) ?? (isTransient(innermost(error)) ? 'UNAVAILABLE' : 'INTERNAL');

function knownCode(error: unknown): ErrorCode | null {
  if (!(error instanceof GraphQLError)) return null;
  const { code } = error.extensions;
  if (code === 'INTERNAL') return null;
  if (isErrorCode(code)) return code;
  if (typeof code === 'string' && Object.hasOwn(FOREIGN_CODES, code)) return FOREIGN_CODES[code]!;
  return isInputFault(error) ? 'BAD_USER_INPUT' : null;
}

/**
 * graphql-js gives no code of its own. Of its errors during execution, only values that do not fit are the client's
 * fault.
 */
function isInputFault(error: GraphQLError): boolean {
  if (error.path === undefined && error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION) return true;
  const cause = innermost(error);
  return cause instanceof GraphQLError && cause.nodes !== undefined && cause.message.startsWith('Argument "');
}

function declared(code: ErrorCode, error: unknown): Record<string, unknown> {
  const { extensions: names = [] } = ERROR_CODES[code] as { readonly extensions?: readonly string[] };
  const given = error instanceof GraphQLError ? error.extensions : {};
  return Object.fromEntries(names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]));
}

function innermost(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}
