import type { Identity, TokenVerifier } from './identity.js';
import { InvalidTokenError } from './identity.js';

/**
 * The identity in the value of an Authorization header or an equivalent: `Bearer TOKEN`. Null without one.
 * @throws {InvalidTokenError}
 * @throws {IdentityUnavailableError}
 */
export async function authenticate(verifier: TokenVerifier, authorization: unknown): Promise<Identity | null> {
  if (authorization === undefined || authorization === null) return null;
  const token = typeof authorization === 'string' ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
  if (token === undefined) throw new InvalidTokenError('the authorization is not of the form "Bearer TOKEN"');
  return verifier.verify(token);
}
