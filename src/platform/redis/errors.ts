/** Nobody waits for a Redis that is away. */
export class RedisAwayError extends Error {
  readonly code = 'REDIS_AWAY';
}

/** The driver gives no code, only this message. */
export const isTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Command timed out';

/** The server's memory is used up, and it refuses every write that could take more. */
export const isFull = (error: unknown): boolean => error instanceof Error && error.message.startsWith('OOM');

const PASSING_REPLIES = /^(?:LOADING|READONLY|OOM|MISCONF|MASTERDOWN|BUSY|CLUSTERDOWN|TRYAGAIN|NOREPLICAS)\b/;

/** Ours: what a broken driver or server throws is none of these. */
const MISTAKES = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/**
 * Whether the same command may succeed later without a change to it: a connection that is lost or hangs, a server that loads, is full, or
 * is a replica for now. Anything else that the server replied is a mistake in the command.
 */
export function isTransientRedisError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'ReplyError' ? PASSING_REPLIES.test(error.message) : !MISTAKES.has(error.name);
}
