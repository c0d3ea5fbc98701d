import { LRUCache } from 'lru-cache';
import { CLOCK_MS } from '../../engine/runtime/clock.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { Identity, TokenVerifier } from './identity.js';

export interface RememberedTokensOptions {
  readonly max: number;
  /** After this time a token is verified anew, in milliseconds, which bounds the trust in a withdrawn key. */
  readonly ttlMs: number;
  /** Whether the user's account was deleted: such tokens are not remembered. */
  readonly isDeleted: (userId: UserId) => boolean;
}

export interface RememberedTokens extends TokenVerifier {
  /** Drops a user's tokens, which contain the handle and the name. */
  forget(userId: UserId): void;
}

/** A provider's tokens may be as long as a header: fewer long ones are remembered. */
const TYPICAL_CHARACTERS = 1_000;

/** Caches verified tokens, so that a signature is not checked at every request. A refused token is not remembered. */
export function rememberedTokens(
  verifier: TokenVerifier,
  { max, ttlMs, isDeleted }: RememberedTokensOptions,
): RememberedTokens {
  const known = new LRUCache<string, Identity>({
    max,
    ttl: ttlMs,
    ttlResolution: CLOCK_MS,
    maxSize: max * TYPICAL_CHARACTERS,
    sizeCalculation: (_identity, token) => token.length,
  });
  return {
    async verify(token) {
      const remembered = known.get(token);
      if (remembered && remembered.expiresAt.getTime() > Date.now()) return remembered;
      const identity = await verifier.verify(token);
      if (!isDeleted(identity.userId)) known.set(token, identity);
      return identity;
    },
    forget(userId) {
      for (const [token, identity] of known) if (identity.userId === userId) known.delete(token);
    },
  };
}
