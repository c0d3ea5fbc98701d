import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { authenticate } from './identity/authenticate.js';
import type { Identity } from './identity/identity.js';
import { IdentityUnavailableError, InvalidTokenError } from './identity/identity.js';
import { RETRY_AFTER_MS, formatError } from './errors/format-error.js';
import type { ErrorCode } from './errors/error-codes.js';
import type { ErrorScope } from './errors/format-error.js';
import { JSON_TYPE, answer } from './http/answer.js';
import { corsHeaders } from './http/cors.js';
import { SECURITY_HEADERS } from './http/security-headers.js';
import { pathOf } from './http/request-path.js';
import type { HttpServerOptions, OperationRequest, PageRequest, ServedOptions } from './options.js';
import { traceOf } from './trace.js';

/** One HTTP request, with the data that its handlers share. */
export interface RequestScope extends ErrorScope, PageRequest {
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

const SECURITY = Object.entries(SECURITY_HEADERS).flat();

/** Gives a request its trace id, its logger, and a signal. */
export function openScope(
  request: IncomingMessage,
  response: ServerResponse,
  { logger, isTransient, metrics, corsOrigins = [] }: HttpServerOptions,
): RequestScope {
  const traceId = traceOf(request.headers.traceparent);
  const path = pathOf(request);
  const transport = path === '/graphql/stream' ? 'sse' : 'http';
  return {
    request,
    response,
    path,
    headers: [...SECURITY, 'X-Trace-Id', traceId, ...corsHeaders(request, corsOrigins)],
    traceId,
    logger: logger.child({ traceId }),
    isTransient,
    countError: (code: ErrorCode) => metrics.graphqlErrors.inc({ code, transport }),
    signal: brokenOff(response),
  };
}

/**
 * Aborted when the client disconnects. Not after the answer: nothing waits any more, and aborting each costs more than
 * it is worth.
 */
function brokenOff(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  if (response.destroyed) controller.abort();
  return controller.signal;
}

/**
 * Verifies the token of a request; null without one. An invalid one refuses the whole request.
 *
 * @throws {GraphQLError} the token, or the user, is refused
 */
export async function identify(
  { request, traceId }: RequestScope,
  { verifier, admit }: HttpServerOptions,
): Promise<Identity | null> {
  try {
    const viewer = await authenticate(verifier, request.headers.authorization);
    if (viewer) await admit?.(viewer, traceId);
    return viewer;
  } catch (error) {
    if (error instanceof InvalidTokenError) throw refusal('UNAUTHENTICATED', `Sign in again: ${error.message}.`);
    if (error instanceof IdentityUnavailableError) throw refusal('UNAVAILABLE', error.message, error.retryAfterMs);
    throw error;
  }
}

/** One operation of a request, for its context. */
export const operationRequest = (
  { request, traceId, logger, signal }: RequestScope,
  viewer: Identity | null,
  { clients }: ServedOptions,
): OperationRequest => ({
  viewer,
  clientAddress: clients.ofRequest(request),
  traceId,
  traceparent: request.headers.traceparent,
  logger,
  signal,
});

export const refusal = (code: string, message: string, retryAfterMs: number = RETRY_AFTER_MS): GraphQLError =>
  new GraphQLError(message, { extensions: { code, retryAfterMs } });

const STATUS: Readonly<Record<string, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  PAYLOAD_TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  UNAVAILABLE: 503,
};

/** The status for the first of the errors. */
export const statusOf = ([first]: readonly GraphQLFormattedError[], otherwise: number): number =>
  STATUS[String(first?.extensions?.code)] ?? otherwise;

/** Answers a request without an operation, in the shape of a GraphQL response. */
export const answerError = (
  scope: RequestScope,
  error: unknown,
  status?: number,
  headers: readonly string[] = [],
): void => answerErrors(scope, [error], status, headers);

/** The default status is that of the first error. */
export function answerErrors(
  scope: RequestScope,
  errors: readonly unknown[],
  status?: number,
  headers: readonly string[] = [],
): void {
  const formatted = errors.map((error) => formatError(error, scope));
  answer(scope.response, status ?? statusOf(formatted, 500), JSON_TYPE, JSON.stringify({ errors: formatted }), [
    ...scope.headers,
    ...headers,
  ]);
}
