import type { UserId } from '../domain/ids.js';

/**
 * The users with subscriptions to a room, and the groups of each. Every call costs the same in a room of any size and
 * for a user with any number of subscriptions.
 */
export interface PresentUsers {
  /** The number of users. */
  readonly size: number;
  has(user: UserId): boolean;
  isIn(user: UserId, group: string): boolean;
  /** The number of groups that the user is in. */
  groupsOf(user: UserId): number;
  add(user: UserId, group: string): void;
  /** Takes one subscription out. */
  delete(user: UserId, group: string): void;
}

export function createPresentUsers(): PresentUsers {
  /** With several subscriptions: their number in each group. Nearly all users have one, and need no map. */
  const users = new Map<UserId, string | Map<string, number>>();

  const several = (user: UserId, known: string | Map<string, number>): Map<string, number> => {
    if (typeof known !== 'string') return known;
    const groups = new Map([[known, 1]]);
    users.set(user, groups);
    return groups;
  };

  return {
    get size() {
      return users.size;
    },
    has: (user) => users.has(user),
    isIn(user, group) {
      const known = users.get(user);
      return typeof known === 'string' ? known === group : known?.has(group) === true;
    },
    groupsOf(user) {
      const known = users.get(user);
      return known === undefined ? 0 : typeof known === 'string' ? 1 : known.size;
    },
    add(user, group) {
      const known = users.get(user);
      if (known === undefined) return void users.set(user, group);
      const groups = several(user, known);
      groups.set(group, (groups.get(group) ?? 0) + 1);
    },
    delete(user, group) {
      const known = users.get(user);
      if (known === undefined || typeof known === 'string') return void (known === group && users.delete(user));
      const left = (known.get(group) ?? 0) - 1;
      if (left > 0) known.set(group, left);
      else known.delete(group);
      if (known.size === 0) users.delete(user);
    },
  };
}
