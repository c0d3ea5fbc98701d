import type { AuthConfig } from '../config.js';
import { createDevTokens } from '../server/identity/dev-tokens.js';
import type { UserId } from '../engine/domain/ids.js';
import type { TokenIssuer, TokenVerifier } from '../server/identity/identity.js';
import type { RememberedTokens } from '../server/identity/remembered-tokens.js';
import { rememberedTokens } from '../server/identity/remembered-tokens.js';
import { createJwtVerifier } from '../server/identity/jwt-tokens.js';
import type { ProviderKeysOptions } from '../server/identity/provider-keys.js';

export interface IdentityParts {
  readonly verifier: RememberedTokens;
  /** Null if an identity provider issues the tokens. */
  readonly issuer: TokenIssuer | null;
}

type ProviderOptions = Pick<ProviderKeysOptions, 'logger' | 'observer'>;

export interface IdentityOptions extends ProviderOptions {
  /** Whether an account was deleted: such tokens are not remembered. */
  readonly isDeleted: (userId: UserId) => boolean;
}

/** @param tokenKey the deployment's own, which signs development tokens */
export function openIdentity(auth: AuthConfig, tokenKey: Buffer, options: IdentityOptions): IdentityParts {
  const { verifier, issuer } = chooseIdentity(auth, tokenKey, options);
  return { verifier: rememberedTokens(verifier, { ...REMEMBERED, isDeleted: options.isDeleted }), issuer };
}

const REMEMBERED = { max: 10_000, ttlMs: 60_000 };

interface ChosenIdentity {
  readonly verifier: TokenVerifier;
  readonly issuer: TokenIssuer | null;
}

function chooseIdentity(auth: AuthConfig, tokenKey: Buffer, provider: ProviderOptions): ChosenIdentity {
  switch (auth.mode) {
    case 'dev': {
      const tokens = createDevTokens(tokenKey);
      return { verifier: tokens, issuer: tokens };
    }
    case 'jwt': {
      const keys = 'jwksUrl' in auth.keys ? { jwksUrl: new URL(auth.keys.jwksUrl) } : { secret: auth.keys.secret };
      return {
        verifier: createJwtVerifier({
          keys,
          issuer: auth.issuer ?? undefined,
          audience: auth.audience ?? undefined,
          ...provider,
        }),
        issuer: null,
      };
    }
    default:
      return auth satisfies never;
  }
}
