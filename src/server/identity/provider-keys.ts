import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { IdentityUnavailableError } from './identity.js';

/** Gets the events of the identity provider that an operator needs. */
export interface ProviderObserver {
  /** After each request: whether the answer was a set of keys. */
  asked(answered: boolean): void;
}

export interface ProviderKeysOptions {
  readonly url: URL;
  readonly logger?:
    { info(fields: object, message: string): void; warn(fields: object, message: string): void } | undefined;
  readonly observer?: ProviderObserver | undefined;
  /** A monotonic clock in milliseconds. */
  readonly now?: (() => number) | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The public keys of an identity provider, from its JWKS endpoint. */
export interface ProviderKeys {
  /**
   * The key that a token names, from the known set; requests a new set if none is known or the set is old.
   * @throws {IdentityUnavailableError}; jose's own errors if the set has no such key
   */
  readonly find: JWTVerifyGetKey;
  /**
   * Requests a newer set, since the known one lacks the key of a token.
   * @returns whether the set is now one that was requested after `since`
   * @throws {IdentityUnavailableError} the last request was a moment ago, or the provider does not answer
   */
  refresh(since: number): Promise<boolean>;
}

const TIMEOUT_MS = 3_000;
/** An older set is requested anew, which bounds the trust in a withdrawn key. */
const MAX_AGE_MS = 600_000;
/**
 * During an outage of the provider, the set is trusted for this long: a key that leaked and was withdrawn meanwhile
 * must not be good for ever.
 */
const MAX_AGE_WITHOUT_PROVIDER_MS = 24 * 3_600_000;
/** Minimum time between requests to the provider for unknown key ids. */
const COOLDOWN_MS = 10_000;
/** Pause after a failed request; doubled with each failure in a row. */
const PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 15_000;

interface KeySet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  /** The time of the request. */
  readonly askedAt: number;
}

/**
 * unknown ── an answer ──► fresh ── 10 minutes ──► old ── an answer ──► fresh; old ── 24 hours without an answer ──►
 * unknown
 *
 * One request at a time, shared by all callers.
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
        logger?.warn({ err: error, url: url.href, keysKnown: known !== null }, outageMessage(known !== null));
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
    // A provider that failed lately delays no caller.
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
        // The provider's key is malformed.
        throw isOfToken ? error : unreachable(set.askedAt + MAX_AGE_MS - now(), error);
      }
    },
    async refresh(since) {
      if (known && known.askedAt >= since) return true;
      const coolsDown = known ? known.askedAt + COOLDOWN_MS - now() : 0;
      if (!asking && failures === 0 && coolsDown > 0) {
        throw new IdentityUnavailableError(
          `the token's key may be a new one of the identity provider: try again in ${seconds(coolsDown)} s`,
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

const outageMessage = (keysKnown: boolean): string =>
  keysKnown
    ? 'the identity provider does not give its keys (AUTH_JWKS_URL); using the known ones, for a day at most'
    : 'the identity provider does not give its keys (AUTH_JWKS_URL); no token can be verified until it does';

/**
 * An empty set is refused: no provider withdraws all keys and goes on, but a server that is being set up may answer so.
 */
async function fetchKeys(url: URL, timeoutMs: number): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    // A redirected answer is not from the address that the operator trusts.
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
