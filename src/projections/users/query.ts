/** Exports: `User`, `UserQueries`, `userQueries`. */
import type { UserId } from '../../events/ids.js';
import { userId } from '../../events/ids.js';
import type { PrismaClient } from '../../platform/postgres/prisma-client.js';

export interface User {
  readonly id: UserId;
  readonly handle: string;
  readonly name: string;
  readonly registeredAt: Date;
}

export interface UserQueries {
  /** In the order of `ids`; null where there is no such user. One statement. */
  byIds(ids: readonly UserId[]): Promise<readonly (User | null)[]>;
  byHandle(handle: string): Promise<User | null>;
}

export function userQueries(prisma: PrismaClient): UserQueries {
  return {
    async byIds(ids) {
      // An array instead of Prisma's `in`: the statement's text is the same for any number of ids.
      const rows = await prisma.$queryRaw<Row[]>`
        SELECT id, handle, name, registered_at AS "registeredAt" FROM users WHERE id = ANY(${[...ids]}::text[])`;
      const users = new Map(rows.map((row) => [row.id, userOf(row)]));
      return ids.map((id) => users.get(id) ?? null);
    },

    async byHandle(handle) {
      const row = await prisma.user.findUnique({ where: { handle } });
      return row && userOf(row);
    },
  };
}

interface Row {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly registeredAt: Date;
}

const userOf = ({ id, handle, name, registeredAt }: Row): User => ({ id: userId(id), handle, name, registeredAt });
