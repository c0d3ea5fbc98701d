import { createRemoteJWKSet, errors } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { TokenVerifier } from './identity.js';
import { IdentityUnavailableError } from './identity.js';
import { secretKey, verifyToken } from './verify-token.js';

/** Where the keys of an identity provider come from: its JWKS endpoint, or a secret that both sides know. */
export type KeySource = { readonly jwksUrl: URL } | { readonly secret: string };

export interface JwtTokensOptions {
  readonly keys: KeySource;
  /** Required of every token where it is set. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

// One list a kind of key: a public key must never serve as the secret of an HMAC, nor `none` as a signature.
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const SECRET_ALGORITHMS = ['HS256'];

const CLOCK_TOLERANCE_SECONDS = 5;
const FETCH_TIMEOUT_MS = 3_000;
/** Tokens with made-up key ids make us ask the provider this often at most. */
const COOLDOWN_MS = 30_000;

/** Verifies the tokens of AUTH_MODE=jwt. The provider's keys are fetched at first use, kept for 10 minutes, and fetched again for an unknown key id. */
export function createJwtVerifier({ keys, issuer, audience }: JwtTokensOptions): TokenVerifier {
  const [key, algorithms] = 'secret' in keys ? [secretKey(new TextEncoder().encode(keys.secret)), SECRET_ALGORITHMS] : [remoteKeys(keys.jwksUrl), PUBLIC_KEY_ALGORITHMS];
  const options = {
    algorithms,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  return { verify: (token) => verifyToken(token, key, options) };
}

function remoteKeys(url: URL): JWTVerifyGetKey {
  const find = createRemoteJWKSet(url, { timeoutDuration: FETCH_TIMEOUT_MS, cooldownDuration: COOLDOWN_MS });
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      const ofToken = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported;
      if (ofToken) throw error;
      throw new IdentityUnavailableError('the keys of the identity provider are out of reach: try again in a moment', { cause: error });
    }
  };
}
