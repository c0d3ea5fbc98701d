import { LRUCache } from 'lru-cache';
import type { UserId } from '../../engine/domain/ids.js';
import type { User, UserQueries } from './users/query.js';
import { DELETED } from './users/query.js';

export interface RememberedUsers extends UserQueries {
  /** Null for a user who would have to be looked up. */
  remembered(id: UserId): User | null;
  /**
   * Whether the user was looked up lately, and not registered then: such an account was not deleted, or the deletion
   * came since and is remembered.
   */
  wasAbsent(id: UserId): boolean;
  /** Whether the account is known to be deleted, from memory alone. */
  isDeleted(id: UserId): boolean;
  /** Called when a user was erased, from the start of the process on, whether the read model has it or not. */
  forget(id: UserId): void;
  /**
   * The read model holds everything from before the first erasure given to `forget`. Until then no user is remembered:
   * the read model may lag behind a deletion.
   */
  caughtUp(): void;
  /**
   * The log went back in time: all users are forgotten, and none is remembered until the read model has caught up
   * again.
   */
  forked(): void;
}

const MAX_DELETED = 20_000;

/**
 * Remembers users by id. A registered user never changes, except by deletion, which comes as an event. Without this
 * memory, every pushed message would cost a query for its author. Users who are not found are not remembered.
 */
export function rememberedUsers(
  users: UserQueries,
  { max, ttlMs }: { readonly max: number; readonly ttlMs: number },
): RememberedUsers {
  const known = new LRUCache<UserId, User>({ max, ttl: ttlMs });
  /** Users who were deleted lately: a lagging read model's answer about them is wrong. */
  const deleted = new LRUCache<UserId, User>({ max: MAX_DELETED });
  const absent = new LRUCache<UserId, true>({ max, ttl: ttlMs });
  let isCaughtUp = false;
  /** Counts the clears: a user whose lookup began before the last one is not remembered. */
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
      if (remembers && branch === of)
        for (const id of missing) if (!fetched.has(id) && !deleted.has(id)) absent.set(id, true);
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
      absent.clear();
      deleted.clear();
    },
    wasAbsent: (id) => absent.has(id),
    isDeleted: (id) => remembered(id)?.deleted === true,
    forget(id) {
      known.delete(id);
      absent.delete(id);
      deleted.set(id, { id, ...DELETED, registeredAt: new Date(0), deleted: true });
    },
  };
}
