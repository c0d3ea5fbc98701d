/** Exports: `User`, `DELETED`, `UserQueries`, `userQueries`. */
import type { UserId } from '../../../engine/domain/ids.js';
import { userId } from '../../../engine/domain/ids.js';
import type { QuerySources } from '../../query-sources.js';

export interface User {
  readonly id: UserId;
  readonly handle: string;
  readonly name: string;
  readonly registeredAt: Date;
  readonly deleted: boolean;
}

/**
 * The placeholder for users who deleted their account, and for authors of erased messages. No real handle can look like
 * it.
 */
export const DELETED = { handle: '(deleted)', name: 'Deleted user' } as const;

export interface UserQueries {
  /** In the order of `ids`; null where there is no such user. One statement. */
  byIds(ids: readonly UserId[]): Promise<readonly (User | null)[]>;
  /** The present owner of the handle. */
  byHandle(handle: string): Promise<User | null>;
}

export function userQueries({ prisma }: QuerySources<'prisma'>): UserQueries {
  return {
    async byIds(ids) {
      // An array instead of Prisma's `in`: the statement's text is the same for any number of ids.
      const rows = await prisma.$queryRaw<Row[]>`
        SELECT id, handle, name, registered_at AS "registeredAt", deleted FROM users
          WHERE id = ANY(${[...ids]}::text[])`;
      const users = new Map(rows.map((row) => [row.id, userOf(row)]));
      return ids.map((id) => users.get(id) ?? null);
    },

    async byHandle(handle) {
      const row = await prisma.user.findFirst({ where: { handle }, orderBy: { registeredAt: 'desc' } });
      return row && userOf(row);
    },
  };
}

interface Row {
  readonly id: string;
  readonly handle: string | null;
  readonly name: string;
  readonly registeredAt: Date;
  readonly deleted: boolean;
}

/**
 * A row without a handle belongs to a user whose registration was erased before this read model folded it: the deletion
 * event follows.
 */
const userOf = ({ id, handle, name, registeredAt, deleted }: Row): User =>
  deleted || handle === null
    ? { id: userId(id), ...DELETED, registeredAt, deleted: true }
    : { id: userId(id), handle, name, registeredAt, deleted };
