import type { TraceId, UserId } from '../../engine/domain/ids.js';

export type Role = 'admin';

/** Who asks, as the verified token says. Nothing else is ever taken for it. */
export interface Identity {
  readonly userId: UserId;
  readonly handle: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** When the token ends; a WebSocket is closed then. */
  readonly expiresAt: Date;
}

export class InvalidTokenError extends Error {
  readonly code = 'INVALID_TOKEN';
}

/** Whether the token is good cannot be told now: the keys of the identity provider are out of reach. */
export class IdentityUnavailableError extends Error {
  readonly code = 'IDENTITY_UNAVAILABLE';
  /** When it may be told, in milliseconds. */
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
   * Called once a request or connection, side by side.
   * @throws {InvalidTokenError} forged, expired, malformed, or signed by someone else; the message says which, never
   * the token.
   * @throws {IdentityUnavailableError} the same token may be good later
   */
  verify(token: string): Promise<Identity>;
}

export interface TokenIssuer {
  /** A development token. */
  issue(identity: Omit<Identity, 'expiresAt'>): Promise<string>;
}

/** Lets a verified identity in. Called before each operation; cheap for those who were seen before. */
export type Admit = (identity: Identity, traceId: TraceId) => Promise<void>;
