import { LRUCache } from 'lru-cache';
import type { UserId } from '../../engine/domain/ids.js';
import type { User, UserQueries } from './users/query.js';
import { DELETED } from './users/query.js';

export interface RememberedUsers extends UserQueries {
  /** Null for one who would have to be looked up. */
  remembered(id: UserId): User | null;
  /** Whether the account is known to be deleted, from memory alone. */
  isDeleted(id: UserId): boolean;
  /** Called when the user was erased, whatever the read model says: from the start of the process on. */
  forget(id: UserId): void;
  /**
   * The read model holds everything from before the first erasure that `forget` is told of. Until then nobody is
   * remembered: it may lag behind a deletion.
   */
  caughtUp(): void;
  /**
   * The log went back in time: all are forgotten, and nobody is remembered until the read model has caught up again.
   */
  forked(): void;
}

const MAX_DELETED = 20_000;

/**
 * Remembers users by id. Nothing but its deletion changes a user once registered, and of that the events tell. Without
 * it, every message pushed would cost a query for its author. Who is not found is not remembered.
 */
export function rememberedUsers(
  users: UserQueries,
  { max, ttlMs }: { readonly max: number; readonly ttlMs: number },
): RememberedUsers {
  const known = new LRUCache<UserId, User>({ max, ttl: ttlMs });
  /** Who was deleted lately: what a read model that lags says of them is wrong. */
  const deleted = new LRUCache<UserId, User>({ max: MAX_DELETED });
  let isCaughtUp = false;
  /** Counts what was forgotten: who was being looked up meanwhile is not remembered. */
  let branch = 0;
  const remembered = (id: UserId): User | null => deleted.get(id) ?? known.get(id) ?? null;
  return {
    remembered,
    async byIds(ids) {
      const found = ids.map(remembered);
      const missing = [...new Set(ids.filter((_, index) => found[index] === null))];
      if (missing.length === 0) return found;
      const fetched = new Map<UserId, User>();
      const of = branch;
      const remembers = isCaughtUp;
      for (const user of await users.byIds(missing)) {
        if (!user) continue;
        const now = deleted.get(user.id) ?? user;
        if (remembers && branch === of) known.set(user.id, now);
        fetched.set(user.id, now);
      }
      return ids.map((id, index) => found[index] ?? fetched.get(id) ?? null);
    },
    async byHandle(handle) {
      const user = await users.byHandle(handle);
      return user && !deleted.has(user.id) ? user : null;
    },
    caughtUp() {
      isCaughtUp = true;
    },
    forked() {
      branch++;
      isCaughtUp = false;
      known.clear();
      deleted.clear();
    },
    isDeleted: (id) => remembered(id)?.deleted === true,
    forget(id) {
      known.delete(id);
      deleted.set(id, { id, ...DELETED, registeredAt: new Date(0), deleted: true });
    },
  };
}
