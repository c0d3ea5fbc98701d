export interface MadangErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly position?: string | undefined;
}

/** Why an operation had no answer, or was refused as a whole. A refusal by the domain is in the receipt instead. */
export class MadangError extends Error {
  override readonly name = 'MadangError';
  /** How long to wait before the same is asked again; undefined where the server did not say. */
  readonly retryAfterMs: number | undefined;
  /** With SUBSCRIPTION_LAGGED: where to go on. */
  readonly position: string | undefined;

  /** `code` is one of the API's, `NETWORK` where no answer came, or `HTTP_404` and `SOCKET_4400` by their numbers. */
  constructor(
    readonly code: string,
    message: string,
    options: MadangErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.position = options.position;
  }

  /** Whether the same may succeed later. */
  get isPassing(): boolean {
    return PASSING.has(this.code);
  }
}

const PASSING: ReadonlySet<string> = new Set([
  'NETWORK',
  'UNAVAILABLE',
  'INTERNAL',
  'TOO_MANY_REQUESTS',
  'ROOM_HOT',
  'SUBSCRIPTION_LAGGED',
]);

/**
 * Close codes that a correct client meets: the server stops, the network breaks, or a moment is bad. 4499 is
 * `terminate()` of the client of graphql-ws, such as to connect with a new token.
 */
const PASSING_CLOSES: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4408, 4499, 4500, 4504]);

interface GraphQLErrorLike {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly retryAfterMs?: number; readonly position?: string };
}

/** What the client libraries report, put together. */
interface Reported {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: unknown;
  readonly errors?: readonly GraphQLErrorLike[];
  readonly graphQLErrors?: readonly GraphQLErrorLike[];
  readonly networkError?: unknown;
  readonly statusCode?: number;
  readonly bodyText?: string;
}

function errorsIn(body: string | undefined): readonly GraphQLErrorLike[] | undefined {
  try {
    return (JSON.parse(body ?? '{}') as Reported).errors;
  } catch {
    return undefined;
  }
}

/** Apollo Client has the code of a close in the text of its error alone. */
const closeCode = ({ code, message }: Reported): number =>
  typeof code === 'number' ? code : Number(/^Socket closed with event (\d{4})/.exec(message ?? '')?.[1]);

/** The same error for the same trouble, whichever client library reports it. */
export function madangError(cause: unknown): MadangError {
  if (cause instanceof MadangError) return cause;
  const reported = (cause ?? {}) as Reported;
  const listed = Array.isArray(cause) ? (cause as readonly GraphQLErrorLike[]) : reported.errors;
  const inside = reported.graphQLErrors?.length ? reported.graphQLErrors : undefined;
  const [first] = listed ?? inside ?? errorsIn(reported.bodyText) ?? [];
  if (first) {
    const { code = 'INTERNAL', retryAfterMs, position } = first.extensions ?? {};
    return new MadangError(code, first.message, { cause, retryAfterMs, position });
  }
  if (reported.networkError) return madangError(reported.networkError);
  const { statusCode } = reported;
  if (statusCode !== undefined && statusCode < 500)
    return new MadangError(`HTTP_${statusCode}`, reported.message ?? 'refused', { cause });
  const close = closeCode(reported);
  if (close === 4403) return new MadangError('UNAUTHENTICATED', reported.reason || 'Sign in again.', { cause });
  if (close >= 1000 && !PASSING_CLOSES.has(close))
    return new MadangError(`SOCKET_${close}`, reported.reason || `The socket was closed with ${close}.`, { cause });
  return new MadangError('NETWORK', 'No answer came from the server.', { cause });
}
