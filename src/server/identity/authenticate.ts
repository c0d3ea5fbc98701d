import type { Identity, TokenVerifier } from './identity.js';
import { InvalidTokenError } from './identity.js';

/**
 * Who asks, from the value of an Authorization header or its like: `Bearer TOKEN`. Null where there is none.
 * @throws {InvalidTokenError}
 * @throws {IdentityUnavailableError}
 */
export async function authenticate(verifier: TokenVerifier, authorization: unknown): Promise<Identity | null> {
  if (authorization === undefined || authorization === null) return null;
  const token = typeof authorization === 'string' ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
  if (token === undefined) throw new InvalidTokenError('the authorization is not of the form "Bearer TOKEN"');
  return verifier.verify(token);
}
