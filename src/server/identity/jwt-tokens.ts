import { decodeJwt, decodeProtectedHeader, errors } from 'jose';
import type { JWTVerifyOptions } from 'jose';
import type { Identity, TokenVerifier } from './identity.js';
import { IdentityUnavailableError, InvalidTokenError } from './identity.js';
import { providerKeys } from './provider-keys.js';
import type { ProviderKeys, ProviderKeysOptions } from './provider-keys.js';
import { secretKey, verifyToken } from './verify-token.js';

/** Where the keys of an identity provider come from: its JWKS endpoint, or a secret that both sides know. */
export type KeySource = { readonly jwksUrl: URL } | { readonly secret: string };

export interface JwtTokensOptions extends Omit<ProviderKeysOptions, 'url'> {
  readonly keys: KeySource;
  /** Required of every token where it is set. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

// One list a kind of key: a public key must never serve as the secret of an HMAC, nor `none` as a signature.
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
        // No key makes that one good.
        const exp = expiryOf(token);
        if (exp !== undefined && exp + CLOCK_TOLERANCE_SECONDS <= Date.now() / 1_000)
          throw new InvalidTokenError('the token has expired');
        // What a set says that was asked for after the token came is final; an older one may lack a key that the
        // provider has by now.
        const isNewer = await keys.renew(since);
        return await verify().catch((again: unknown) => {
          if (isNewer || !mayBeOfNewKey(again, token)) throw again;
          throw new IdentityUnavailableError(
            "whether the token's key is a new one of the identity provider is not known yet: try again in a moment",
          );
        });
      }
    },
  };
}

/** Read before any key has vouched for it. @throws {InvalidTokenError} for what is no set of claims */
function expiryOf(token: string): number | undefined {
  try {
    return decodeJwt(token).exp;
  } catch (error) {
    throw new InvalidTokenError('the token is malformed', { cause: error });
  }
}

/** A token that names no key is tried with all that fit: that none of them made it is the same as an unknown name. */
function mayBeOfNewKey(error: unknown, token: string): boolean {
  if (!(error instanceof InvalidTokenError)) return false;
  if (error.cause instanceof errors.JWKSNoMatchingKey) return true;
  return error.cause instanceof errors.JWSSignatureVerificationFailed && decodeProtectedHeader(token).kid === undefined;
}
