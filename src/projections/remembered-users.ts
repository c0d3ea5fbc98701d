import { LRUCache } from 'lru-cache';
import type { UserId } from '../events/ids.js';
import type { User, UserQueries } from './users/query.js';

/**
 * Remembers users by id. Nothing changes a user once registered, so that what is remembered is right; it is let go after a while for the
 * sake of accounts that are erased. Without it, every message pushed would cost a query for its author. Who is not found is not remembered.
 */
export function rememberedUsers(users: UserQueries, { max, ttlMs }: { readonly max: number; readonly ttlMs: number }): UserQueries {
  const known = new LRUCache<UserId, User>({ max, ttl: ttlMs });
  return {
    async byIds(ids) {
      const found = ids.map((id) => known.get(id) ?? null);
      const missing = [...new Set(ids.filter((_, index) => found[index] === null))];
      if (missing.length === 0) return found;
      const fetched = new Map<UserId, User>();
      for (const user of await users.byIds(missing)) {
        if (!user) continue;
        known.set(user.id, user);
        fetched.set(user.id, user);
      }
      return ids.map((id, index) => found[index] ?? fetched.get(id) ?? null);
    },
    byHandle: (handle) => users.byHandle(handle),
  };
}
