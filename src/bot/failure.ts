/** Why an operation had no answer, or was refused as a whole. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    /** One of the API's, `NETWORK` where no answer came, or `HTTP_404` and `SOCKET_4400` by their numbers. */
    readonly code: string,
    message: string,
    readonly details: { readonly retryAfterMs?: number | undefined; readonly position?: string | undefined } = {},
  ) {
    super(message);
  }

  /** The server asks for less: it is not at fault. */
  get isThrottled(): boolean {
    return THROTTLED.has(this.code);
  }

  /** Whether the same may succeed later. */
  get isPassing(): boolean {
    return THROTTLED.has(this.code) || PASSING.has(this.code);
  }
}

const THROTTLED: ReadonlySet<string> = new Set(['TOO_MANY_REQUESTS', 'ROOM_HOT']);
const PASSING: ReadonlySet<string> = new Set(['NETWORK', 'UNAVAILABLE', 'INTERNAL', 'SUBSCRIPTION_LAGGED']);
/** Close codes that a correct client meets: docs/client-guide.md. */
const PASSING_CLOSES: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4499, 4500, 4504]);

export interface GraphQLErrorLike {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly retryAfterMs?: number; readonly position?: string };
}

export function failureOf([first]: readonly GraphQLErrorLike[]): Failure {
  const { code = 'INTERNAL', retryAfterMs, position } = first?.extensions ?? {};
  return new Failure(code, first?.message ?? 'no reason was given', { retryAfterMs, position });
}

/** The end of a subscription, as graphql-ws reports it: a list of errors, a close of the socket, or an error of it. */
export function failureOfSocket(reported: unknown): Failure {
  if (reported instanceof Failure) return reported;
  if (Array.isArray(reported)) return failureOf(reported as readonly GraphQLErrorLike[]);
  const { code, reason, message } = (reported ?? {}) as { code?: unknown; reason?: string; message?: string };
  if (typeof code === 'number' && code >= 1_000 && !PASSING_CLOSES.has(code))
    return new Failure(`SOCKET_${code}`, reason || `the socket was closed with ${code}`);
  return new Failure('NETWORK', reason || message || 'the connection broke');
}
