import { SignJWT } from 'jose';
import type { TokenIssuer, TokenVerifier } from './identity.js';
import { secretKey, verifyToken } from './verify-token.js';

const ISSUER = 'madang-dev';
const LIFETIME_SECONDS = 12 * 60 * 60;

/**
 * The tokens of AUTH_MODE=dev, which Madang itself issues and verifies. `key` is the deployment's, the same on all its
 * servers; HS256 requires at least 32 bytes.
 */
export function createDevTokens(key: Buffer): TokenVerifier & TokenIssuer {
  if (key.length < 32) throw new RangeError('the key of development tokens needs at least 32 bytes');
  const known = secretKey(Uint8Array.from(key));
  return {
    verify: (token) => verifyToken(token, known, { algorithms: ['HS256'], issuer: ISSUER }),
    issue({ userId, handle, name, roles }) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ handle, name, roles: [...roles] })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(userId)
        .setIssuer(ISSUER)
        .setIssuedAt(now)
        .setExpirationTime(now + LIFETIME_SECONDS)
        .sign(key);
    },
  };
}
