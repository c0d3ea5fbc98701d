import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../server/errors/error-codes.js';
import { RETRY_AFTER_MS } from '../server/errors/format-error.js';

// The errors that resolvers throw. Each has a code of the table and a message that says what to do next.

/**
 * An expected refusal, without a stack: nobody would read it, and in a burst of refusals it would be most of the work.
 */
export function coded(
  code: ErrorCode,
  message: string,
  extensions: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new GraphQLError(message, { extensions: { code, ...extensions } });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export const unauthenticated = (): GraphQLError =>
  coded('UNAUTHENTICATED', 'This needs a signed-in user: send a valid token as `Authorization: Bearer TOKEN`.');

export const forbidden = (message: string): GraphQLError => coded('FORBIDDEN', message);

export const membersOnly = (): GraphQLError => forbidden('Only members of the room may see this: join it first.');

export const notFound = (message: string): GraphQLError => coded('NOT_FOUND', message);

/** `field`: the argument or input field, as the client wrote it. */
export const badUserInput = (field: string, message: string): GraphQLError =>
  coded('BAD_USER_INPUT', `${field}: ${message}`, { field });

/** `where`: the log or list that does not contain the position. */
export const positionGone = (where = 'The log'): GraphQLError =>
  coded(
    'POSITION_GONE',
    `${where} has no such position: read the state afresh with queries, and go on from a position just received.`,
  );

export const subscriptionLagged = (sealedPosition: string): GraphQLError =>
  coded(
    'SUBSCRIPTION_LAGGED',
    'This client reads slower than the room speaks: subscribe again with `after` set to `position`.',
    {
      position: sealedPosition,
    },
  );

export const unavailable = (
  message: string,
  retryAfterMs: number = RETRY_AFTER_MS,
  options: { cause?: unknown } = {},
): GraphQLError => {
  const error = coded('UNAVAILABLE', message, { retryAfterMs });
  if (options.cause !== undefined) error.cause = options.cause;
  return error;
};

export const tooManyRequests = (message: string, retryAfterMs: number): GraphQLError =>
  coded('TOO_MANY_REQUESTS', message, { retryAfterMs });
