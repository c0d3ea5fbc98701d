import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import type { TraceId, UserId } from '../../engine/domain/ids.js';
import type { Identity } from '../../server/identity/identity.js';
import { RegistrationError } from './registration-error.js';

/** Registers the user of a verified token: each call may append a command. */
export type Register = (identity: Identity, traceId: TraceId) => Promise<void>;

/** Runs one registration of a user at a time: no rate limit counts a token's requests before its user is registered. */
export interface SharedRegistrations {
  /** Shares the registration under way for this user and handle, or repeats the refusal that they got lately. */
  readonly register: Register;
  /** Forgets the handles that the user was refused. */
  forget(userId: UserId): void;
  /** The log went back in time: a handle that was taken may be free. */
  forked(): void;
}

interface Attempt {
  readonly handle: string;
  readonly done: Promise<void>;
}

interface Refusal {
  readonly userId: UserId;
  readonly code: RegistrationError['code'];
  readonly message: string;
}

/** The longest time for which a handle that has become free is still refused. */
export const REFUSED_MS = 10_000;
const MAX_REFUSED = 10_000;

/** @param now in milliseconds, of a clock that never goes back */
export function sharedRegistrations(register: Register, now = (): number => performance.now()): SharedRegistrations {
  const underWay = new Map<UserId, Attempt>();
  const refusals = new LRUCache<string, Refusal>({
    max: MAX_REFUSED,
    ttl: REFUSED_MS,
    ttlResolution: 0,
    perf: { now },
  });

  const begin = (identity: Identity, traceId: TraceId): Promise<void> => {
    const { userId, handle } = identity;
    const attempt: Attempt = { handle, done: register(identity, traceId) };
    underWay.set(userId, attempt);
    const over = (error?: unknown): void => {
      // Forgotten meanwhile: its result is out of date.
      if (underWay.get(userId) !== attempt) return;
      underWay.delete(userId);
      if (!(error instanceof RegistrationError) || error.code === 'UNAVAILABLE') return;
      refusals.set(keyOf(identity), { userId, code: error.code, message: error.message });
    };
    // Before the waiters continue, so that they find it over.
    attempt.done.then(() => over(), over);
    return attempt.done;
  };

  return {
    async register(identity, traceId) {
      for (;;) {
        const refused = refusals.get(keyOf(identity));
        if (refused) throw new RegistrationError(refused.code, refused.message);
        const earlier = underWay.get(identity.userId);
        if (!earlier) return begin(identity, traceId);
        if (earlier.handle === identity.handle) return earlier.done;
        // Another token of the user, with another handle: its refusal says nothing about this one.
        await earlier.done.catch(() => undefined);
      }
    },
    forget(userId) {
      underWay.delete(userId);
      for (const [key, refusal] of refusals) if (refusal.userId === userId) refusals.delete(key);
    },
    forked() {
      underWay.clear();
      refusals.clear();
    },
  };
}

const keyOf = ({ userId, handle }: Identity): string => JSON.stringify([userId, handle]);
