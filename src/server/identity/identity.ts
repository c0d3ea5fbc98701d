import type { TraceId, UserId } from '../../engine/domain/ids.js';

export type Role = 'admin';

/** The identity from a verified token, the only source of it. */
export interface Identity {
  readonly userId: UserId;
  readonly handle: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** When the token expires; a WebSocket is closed then. */
  readonly expiresAt: Date;
}

export class InvalidTokenError extends Error {
  readonly code = 'INVALID_TOKEN';
}

/** The token cannot be verified now: the keys of the identity provider are out of reach. */
export class IdentityUnavailableError extends Error {
  readonly code = 'IDENTITY_UNAVAILABLE';
  /** When to try again, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = RETRY_MS, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = Math.max(MIN_RETRY_MS, Math.ceil(retryAfterMs));
  }
}

const RETRY_MS = 1_000;
const MIN_RETRY_MS = 100;

export interface TokenVerifier {
  /**
   * Called once per request or connection, concurrently.
   * @throws {InvalidTokenError} forged, expired, malformed, or signed by another issuer; the message says which, and
   * never contains the token
   * @throws {IdentityUnavailableError} the same token may be good later
   */
  verify(token: string): Promise<Identity>;
}

export interface TokenIssuer {
  /** A development token. */
  issue(identity: Omit<Identity, 'expiresAt'>): Promise<string>;
}

/** The authentication gate for a verified identity. Called before each operation; cheap for known users. */
export type Admit = (identity: Identity, traceId: TraceId) => Promise<void>;
