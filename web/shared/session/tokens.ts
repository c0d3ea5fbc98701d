/** The token of the signed-in user, in memory alone: it is in no storage and no address. */
export interface Tokens {
  /** The one to send: renewed before where it has expired and can be. */
  current(): Promise<string>;
  /** The server refused this one: `later` while the provider is out of reach, `never` where the user has to sign in. */
  replace(refused: string): Promise<Replacement>;
  /** Called when there is a new token: a connection that was opened with the old one ends with that. */
  onRenewed(listener: () => void): () => void;
  stop(): void;
}

export type Replacement = 'replaced' | 'later' | 'never';

/** A token, and how to get the next one; null where it takes the user. */
export interface Grant {
  readonly token: string;
  readonly renew: (() => Promise<Grant | null>) | null;
}

export const fixedToken = (token: string): Tokens => ({
  current: () => Promise.resolve(token),
  replace: () => Promise.resolve('never'),
  onRenewed: () => () => undefined,
  stop: () => undefined,
});

const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A token is renewed this long before it expires, or at four fifths of its life where that is later. */
const AHEAD_MS = 60_000;
const RETRY_MS = 5_000;
const SHORTEST_MS = 1_000;

interface Times {
  readonly iat?: unknown;
  readonly exp?: unknown;
}

/** Null where the token is not a JWT, or has no end. */
function lifetimeMs(token: string): number | null {
  try {
    const claims = token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/');
    const { iat, exp } = JSON.parse(atob(claims)) as Times;
    if (typeof exp !== 'number') return null;
    // Counted from now by the token's own times: the clock of this machine may be off.
    return typeof iat === 'number' ? (exp - iat) * 1_000 : exp * 1_000 - Date.now();
  } catch {
    return null;
  }
}

/** Renews the token before it expires, for as long as that works. */
export function renewedTokens(first: Grant): Tokens {
  let grant = first;
  let expiresAt = Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let renewing: Promise<Replacement> | null = null;
  let stopped = false;
  const listeners = new Set<() => void>();

  const wait = (ms: number): void => {
    clearTimeout(timer);
    if (!stopped && grant.renew) timer = setTimeout(() => void renewed(), Math.min(ms, LONGEST_TIMER_MS));
  };
  const take = (next: Grant): void => {
    grant = next;
    const life = lifetimeMs(next.token) ?? Infinity;
    expiresAt = Date.now() + life;
    if (life < Infinity) wait(Math.max(SHORTEST_MS, life * 0.8, life - AHEAD_MS));
  };
  const renew = async (next: () => Promise<Grant | null>): Promise<Replacement> => {
    try {
      const answer = await next();
      if (stopped) return 'never';
      // Refused for good: the token is used to its end.
      if (answer === null) grant = { ...grant, renew: null };
      else take(answer);
      return answer === null ? 'never' : 'replaced';
    } catch {
      wait(RETRY_MS);
      return 'later';
    }
  };
  const renewed = (): Promise<Replacement> => {
    if (!grant.renew || stopped) return Promise.resolve('never');
    renewing ??= renew(grant.renew)
      .then((outcome) => {
        if (outcome === 'replaced') for (const listener of listeners) listener();
        return outcome;
      })
      .finally(() => (renewing = null));
    return renewing;
  };

  take(first);
  return {
    async current() {
      if (Date.now() >= expiresAt) await renewed();
      return grant.token;
    },
    replace: (refused) => (grant.token === refused ? renewed() : Promise.resolve('replaced')),
    onRenewed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
