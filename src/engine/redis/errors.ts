import type { ObservedError } from '../runtime/logging.js';

/** Redis is away; callers do not wait for it. */
export class RedisAwayError extends Error implements ObservedError {
  readonly code = 'REDIS_AWAY';
  /** The connection has logged that it is away, and the reason. */
  readonly isReported = true;

  /** @param why for an operator; null if unknown */
  constructor(
    message: string,
    readonly why: string | null = null,
  ) {
    super(message);
  }
}

/** The driver gives no code, only this message. */
export const TIMED_OUT = 'Command timed out';
export const isTimeout = (error: unknown): boolean => error instanceof Error && error.message === TIMED_OUT;

interface ReplyError extends Error {
  readonly name: 'ReplyError';
}

const isReply = (error: unknown): error is ReplyError => error instanceof Error && error.name === 'ReplyError';

/** The first word of the server's reply. Versions before 7 wrap the refusal of a command in a script. */
const replyCode = (error: Error): string =>
  /^ERR .*?: -([A-Z]+) /.exec(error.message)?.[1] ?? /^[A-Z]+/.exec(error.message)?.[0] ?? '';

/** The server's memory is used up, and it refuses every write that could take more. */
export const isFull = (error: unknown): boolean => isReply(error) && replyCode(error) === 'OOM';

/** Replies of a server that takes no commands, or no writes, whatever the command. With the remedy for an operator. */
const REFUSALS: Readonly<Record<string, string>> = {
  READONLY: 'it is a replica and takes no writes (READONLY): name the master in REDIS_URL, or promote this one',
  MISCONF: 'it cannot save its data and takes no writes (MISCONF): see its log; usually the disk is full',
  NOREPLICAS: 'it has fewer replicas than min-replicas-to-write wants and takes no writes (NOREPLICAS): start them',
  LOADING: 'it is loading its data (LOADING): it returns by itself',
  MASTERDOWN: 'it is a replica whose master is away (MASTERDOWN): name the master in REDIS_URL, or promote this one',
  CLUSTERDOWN: 'its cluster is down (CLUSTERDOWN): bring the missing nodes back',
  BUSY: 'it runs a script that does not end (BUSY): SCRIPT KILL ends it',
  UNKILLABLE: 'it runs a script that does not end: restart it',
  NOAUTH: 'it wants a password: put one into REDIS_URL, as redis://:PASSWORD@HOST:PORT/0',
  WRONGPASS: 'it does not take the user or password of REDIS_URL: correct them',
  NOPERM: 'the user of REDIS_URL may not do what is needed: give it +@all on ~madang:* and &madang:*',
  // From a proxy before it.
  NOPROTO: 'it does not speak version 2 of the protocol: name a Redis in REDIS_URL',
};

/** Transient refusals of this command only. */
const PASSING = new Set(['OOM', 'TRYAGAIN']);

/** Refusals that say nothing about other commands. */
const OF_ONE_COMMAND = new Set(['NOPERM']);

/** Why the server takes no commands, or no writes; null for a reply about this command only. */
export const refusalOf = (error: unknown): string | null =>
  isReply(error) ? (REFUSALS[replyCode(error)] ?? null) : null;

/** Whether every other command is likely to be refused, too. */
export const refusesAll = (error: unknown): boolean =>
  refusalOf(error) !== null && !OF_ONE_COMMAND.has(replyCode(error as Error));

/** Whether it came from choosing the database: the driver then continues in database 0, which may belong to others. */
export const isWrongDatabase = (error: unknown): boolean =>
  isReply(error) && (error as { readonly command?: { readonly name?: string } }).command?.name === 'select';

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it broke the connection off: is it TLS (rediss://) on one side alone?',
  ENOTFOUND: 'nobody knows that name',
  EAI_AGAIN: 'names cannot be looked up for now',
  ETIMEDOUT: 'it does not answer: is the address right, and TLS (rediss://) wanted on both sides?',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  EPROTO: 'it does not speak TLS: write redis:// instead of rediss://',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: write redis:// instead of rediss://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS: write redis:// instead of rediss://',
};

/** The answer is no Redis protocol: the driver's parser gives no code for it. */
export const isForeignProtocol = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'ParserError' || /RESP type|reply type byte|Protocol error/i.test(error.message));

/** Why a connection failed or broke, for an operator. */
export function reasonOf(error: unknown): string {
  const refusal = refusalOf(error);
  if (refusal !== null) return refusal;
  if (isWrongDatabase(error))
    return `it has no database with the number at the end of REDIS_URL (${(error as Error).message}): correct it`;
  const {
    code,
    message = String(error),
    name,
  } = (error ?? {}) as { readonly code?: unknown; readonly message?: string; readonly name?: string };
  if (name === 'ReplyError' && /password|AUTH/i.test(message)) return `${REFUSALS['WRONGPASS']!} (${message})`;
  if (isForeignProtocol(error)) return 'the server there does not speak the protocol of Redis';
  if (typeof code === 'string' && BY_CODE[code] !== undefined) return `${BY_CODE[code]} (${code})`;
  if (typeof code === 'string' && /CERT|SIGNATURE|ISSUER|SIGNED/.test(code))
    return `its certificate is not trusted (${code}): set NODE_EXTRA_CA_CERTS, or correct it`;
  return message;
}

/** Faults of our code, as opposed to those of a driver or server. */
const MISTAKES = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/**
 * Whether the same command may succeed later without a change: the connection is lost or hangs, or the server is
 * loading, full, or a replica for now. Any other reply of the server is a fault in the command.
 */
export function isTransientRedisError(error: unknown): boolean {
  if (isReply(error)) return refusalOf(error) !== null || PASSING.has(replyCode(error));
  return error instanceof Error && !MISTAKES.has(error.name);
}
