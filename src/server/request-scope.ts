import type { ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { GraphQLError } from 'graphql';
import type { Identity } from './identity/identity.js';
import { IdentityUnavailableError, InvalidTokenError } from './identity/identity.js';
import { RETRY_AFTER_MS, formatError } from './errors/format-error.js';
import type { ErrorCode } from './errors/error-codes.js';
import type { ErrorScope } from './errors/format-error.js';
import { authenticateRequest } from './authenticate-request.js';
import type { HttpServerOptions } from './options.js';
import { traceOf } from './trace.js';

/** What every handler of one request shares. */
export interface RequestScope extends ErrorScope {
  /** Aborted when the client breaks off. */
  readonly signal: AbortSignal;
}

/**
 * Aborted when the client breaks off. Not when it was answered: nothing waits any more, and the abort of each would
 * cost more than what it is for.
 */
export function brokenOff(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  if (response.destroyed) controller.abort();
  return controller.signal;
}

const scopes = new WeakMap<Response, RequestScope>();
const viewers = new WeakMap<Response, Identity | null>();

export const scopeOf = (response: Response): RequestScope => scopes.get(response)!;
/** Null where no token came; only behind `identify`. */
export const viewerOf = (response: Response): Identity | null => viewers.get(response) ?? null;

/** Gives every request its trace id, its logger, and a signal. */
export function openScope({ logger, isTransient, metrics }: HttpServerOptions): RequestHandler {
  return (request, response, next) => {
    const traceId = traceOf(request.headers.traceparent);
    response.set('x-trace-id', traceId);
    const transport = request.path === '/graphql/stream' ? 'sse' : 'http';
    const countError = (code: ErrorCode): void => metrics.graphqlErrors.inc({ code, transport });
    scopes.set(response, {
      traceId,
      logger: logger.child({ traceId }),
      isTransient,
      countError,
      signal: brokenOff(response),
    });
    next();
  };
}

/** Verifies the token of a request, if there is one. A bad one refuses the request as a whole. */
export function identify({ verifier, admit }: HttpServerOptions): RequestHandler {
  return async (request, response, next) => {
    const { traceId } = scopeOf(response);
    try {
      const viewer = await authenticateRequest(verifier, request);
      if (viewer) await admit?.(viewer, traceId);
      viewers.set(response, viewer);
    } catch (error) {
      return answerError(response, asRefusal(error));
    }
    next();
  };
}

function asRefusal(error: unknown): unknown {
  if (error instanceof InvalidTokenError) return refusal('UNAUTHENTICATED', `Sign in again: ${error.message}.`);
  if (error instanceof IdentityUnavailableError) return refusal('UNAVAILABLE', error.message, error.retryAfterMs);
  return error;
}

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

/** Answers a request that no operation is executed for, in the shape of a GraphQL response. */
export const answerError = (response: Response, error: unknown, status?: number): void =>
  answerErrors(response, [error], status);

/** The status is that of the first error where none is given. */
export function answerErrors(response: Response, errors: readonly unknown[], status?: number): void {
  const formatted = errors.map((error) => formatError(error, scopeOf(response)));
  if (response.headersSent) return void response.destroy();
  response.status(status ?? STATUS[String(formatted[0]?.extensions?.code)] ?? 500).json({ errors: formatted });
}
