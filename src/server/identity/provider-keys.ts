import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { IdentityUnavailableError } from './identity.js';

/** Hears what is worth telling an operator of the identity provider. */
export interface ProviderObserver {
  /** After each question: whether its answer was a set of keys. */
  asked(answered: boolean): void;
}

export interface ProviderKeysOptions {
  readonly url: URL;
  readonly logger?:
    { info(fields: object, message: string): void; warn(fields: object, message: string): void } | undefined;
  readonly observer?: ProviderObserver | undefined;
  /** Milliseconds by a clock that never goes back. */
  readonly now?: (() => number) | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The public keys of an identity provider, from its JWKS endpoint. */
export interface ProviderKeys {
  /**
   * The key that a token names, from the set that is known; asks the provider where none is known or the set is old.
   * @throws {IdentityUnavailableError}; jose's own errors where the set has no such key
   */
  readonly find: JWTVerifyGetKey;
  /**
   * The set does not have the key of a token: asks for a newer one.
   * @returns whether the set is now one that was asked for after `since`
   * @throws {IdentityUnavailableError} the provider was asked a moment ago, or does not answer
   */
  renew(since: number): Promise<boolean>;
}

const TIMEOUT_MS = 3_000;
/** A set that is older is asked for anew, so that a key that was withdrawn is not believed for longer. */
const MAX_AGE_MS = 600_000;
/**
 * While the provider does not answer, the set is believed for so long: a key that leaked and was withdrawn meanwhile
 * must not be good for ever.
 */
const MAX_AGE_WITHOUT_PROVIDER_MS = 24 * 3_600_000;
/** Tokens with made-up key ids make us ask the provider this often at most. */
const COOLDOWN_MS = 10_000;
/** How long a provider that did not answer is left alone; doubled with each failure in a row. */
const PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 15_000;

interface KeySet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  /** When it was asked for. */
  readonly askedAt: number;
}

/**
 * unknown ── an answer ──► fresh ── 10 minutes ──► old ── an answer ──► fresh; old ── 24 hours without an answer ──►
 * unknown
 *
 * One question at a time: all who need its answer share it.
 */
export function providerKeys({
  url,
  logger,
  observer,
  now = () => performance.now(),
  timeoutMs = TIMEOUT_MS,
}: ProviderKeysOptions): ProviderKeys {
  let known: KeySet | null = null;
  let asking: Promise<KeySet> | null = null;
  let failures = 0;
  let pauseEnds = -Infinity;

  const ask = async (): Promise<KeySet> => {
    const askedAt = now();
    try {
      const set = await fetchKeys(url, timeoutMs);
      known = { find: createLocalJWKSet(set), askedAt };
      if (failures > 0) logger?.info({ url: url.href }, 'the identity provider gives its keys again');
      failures = 0;
      observer?.asked(true);
      return known;
    } catch (error) {
      pauseEnds = now() + Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** failures);
      if (failures++ === 0)
        logger?.warn({ err: error, url: url.href, keysKnown: known !== null }, saidOnce(known !== null));
      observer?.asked(false);
      throw unreachable(pauseEnds - now(), error);
    }
  };

  const askOnce = (): Promise<KeySet> => {
    if (asking) return asking;
    if (now() < pauseEnds && failures > 0) return Promise.reject(unreachable(pauseEnds - now()));
    asking = ask().finally(() => (asking = null));
    return asking;
  };

  const current = async (): Promise<KeySet> => {
    const age = known ? now() - known.askedAt : Infinity;
    if (!known || age > MAX_AGE_WITHOUT_PROVIDER_MS) return askOnce();
    if (age <= MAX_AGE_MS) return known;
    const old = known;
    const newer = askOnce().catch(() => old);
    // One that did not answer lately holds nobody up.
    return failures > 0 ? old : newer;
  };

  return {
    async find(header, token) {
      const set = await current();
      try {
        return await set.find(header, token);
      } catch (error) {
        const isOfToken =
          error instanceof errors.JWKSNoMatchingKey ||
          error instanceof errors.JWKSMultipleMatchingKeys ||
          error instanceof errors.JOSENotSupported;
        // A key that the provider gives and that is none.
        throw isOfToken ? error : unreachable(set.askedAt + MAX_AGE_MS - now(), error);
      }
    },
    async renew(since) {
      if (known && known.askedAt >= since) return true;
      const coolsDown = known ? known.askedAt + COOLDOWN_MS - now() : 0;
      if (!asking && failures === 0 && coolsDown > 0) {
        throw new IdentityUnavailableError(
          `whether the token's key is a new one of the identity provider can be asked in ` +
            `${seconds(coolsDown)} s: try again then`,
          coolsDown,
        );
      }
      return (await askOnce()).askedAt >= since;
    },
  };
}

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

const unreachable = (ms: number, cause?: unknown): IdentityUnavailableError =>
  new IdentityUnavailableError(
    'the keys of the identity provider are out of reach: try again in a moment',
    ms,
    cause === undefined ? {} : { cause },
  );

const saidOnce = (keysKnown: boolean): string =>
  keysKnown
    ? 'the identity provider does not give its keys (AUTH_JWKS_URL); ' +
      'going on with those that are known, for a day at most'
    : 'the identity provider does not give its keys (AUTH_JWKS_URL); no token can be verified until it does';

/**
 * A set without a key is no set: nobody withdraws all keys and goes on, but a server that is being set up may answer
 * so.
 */
async function fetchKeys(url: URL, timeoutMs: number): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    // An answer from elsewhere is not that of the address that the operator trusts.
    redirect: 'manual',
    headers: { accept: 'application/json, application/jwk-set+json' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answered with status ${response.status}, not 200`);
  }
  const body: unknown = await response.json();
  const { keys } = (body ?? {}) as { readonly keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('its answer has no keys in it');
  return body as JSONWebKeySet;
}
