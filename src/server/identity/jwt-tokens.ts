import { decodeJwt, decodeProtectedHeader, errors } from 'jose';
import type { JWTVerifyOptions } from 'jose';
import type { Identity, TokenVerifier } from './identity.js';
import { IdentityUnavailableError, InvalidTokenError } from './identity.js';
import { providerKeys } from './provider-keys.js';
import type { ProviderKeys, ProviderKeysOptions } from './provider-keys.js';
import { secretKey, verifyToken } from './verify-token.js';

/** The keys of an identity provider: from its JWKS endpoint, or a shared secret. */
export type KeySource = { readonly jwksUrl: URL } | { readonly secret: string };

export interface JwtTokensOptions extends Omit<ProviderKeysOptions, 'url'> {
  readonly keys: KeySource;
  /** If set, required of every token. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

// One list per kind of key: a public key must never serve as the secret of an HMAC, nor `none` as a signature.
const PUBLIC_KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const SECRET_ALGORITHMS = ['HS256'];

const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Verifies the tokens of AUTH_MODE=jwt. The provider's keys are fetched at first use, kept for 10 minutes, and fetched
 * again for an unknown key id.
 */
export function createJwtVerifier({ keys, issuer, audience, ...provider }: JwtTokensOptions): TokenVerifier {
  const options = {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  };
  if ('secret' in keys) {
    const key = secretKey(new TextEncoder().encode(keys.secret));
    return { verify: (token) => verifyToken(token, key, { ...options, algorithms: SECRET_ALGORITHMS }) };
  }
  return verifyByProvider(
    providerKeys({ url: keys.jwksUrl, ...provider }),
    { ...options, algorithms: PUBLIC_KEY_ALGORITHMS },
    provider.now,
  );
}

function verifyByProvider(
  keys: ProviderKeys,
  options: JWTVerifyOptions,
  now: () => number = () => performance.now(),
): TokenVerifier {
  return {
    async verify(token) {
      const since = now();
      const verify = (): Promise<Identity> => verifyToken(token, keys.find, options);
      try {
        return await verify();
      } catch (error) {
        if (!mayBeOfNewKey(error, token)) throw error;
        // No key can make an expired token good.
        const exp = expiryOf(token);
        if (exp !== undefined && exp + CLOCK_TOLERANCE_SECONDS <= Date.now() / 1_000)
          throw new InvalidTokenError('the token has expired');
        // A set that was requested after the token came is conclusive; an older one may lack a new key.
        const isNewer = await keys.refresh(since);
        return await verify().catch((again: unknown) => {
          if (isNewer || !mayBeOfNewKey(again, token)) throw again;
          throw new IdentityUnavailableError(
            "the token's key may be a new one of the identity provider: try again in a moment",
          );
        });
      }
    },
  };
}

/** Read before verification. @throws {InvalidTokenError} no set of claims */
function expiryOf(token: string): number | undefined {
  try {
    return decodeJwt(token).exp;
  } catch (error) {
    throw new InvalidTokenError('the token is malformed', { cause: error });
  }
}

/** A token without a key id is tried with all fitting keys: if none made it, that is equal to an unknown id. */
function mayBeOfNewKey(error: unknown, token: string): boolean {
  if (!(error instanceof InvalidTokenError)) return false;
  if (error.cause instanceof errors.JWKSNoMatchingKey) return true;
  return error.cause instanceof errors.JWSSignatureVerificationFailed && decodeProtectedHeader(token).kid === undefined;
}
