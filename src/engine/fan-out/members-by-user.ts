import type { UserId } from '../domain/ids.js';
import type { Member } from './member.js';

/** Finds the members of one user without a look at the others. */
export interface MembersByUser {
  add(member: Member): void;
  delete(member: Member): void;
  /** The caller may delete them while it iterates. */
  of(user: UserId): Iterable<Member>;
}

export function createMembersByUser(): MembersByUser {
  /** Nearly all users have one member, and need no set. */
  const users = new Map<UserId, Member | Set<Member>>();
  return {
    add(member) {
      const { userId } = member.subscriber;
      const known = users.get(userId);
      if (!known) users.set(userId, member);
      else if (known instanceof Set) known.add(member);
      else users.set(userId, new Set([known, member]));
    },
    delete(member) {
      const { userId } = member.subscriber;
      const known = users.get(userId);
      if (known instanceof Set) {
        known.delete(member);
        if (known.size === 0) users.delete(userId);
      } else if (known === member) users.delete(userId);
    },
    of(user) {
      const known = users.get(user);
      if (!known) return [];
      return known instanceof Set ? known : [known];
    },
  };
}
