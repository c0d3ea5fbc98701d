/** Exports: `Member`, `MemberCursor`, `MemberPage`, `MemberPageQuery`, `MemberQueries`, `memberQueries`. */
import type { LogPosition, UserId } from '../../../engine/domain/ids.js';
import type { RoomId } from '../../../events/ids.js';
import { userId } from '../../../engine/domain/ids.js';
import type { SqlReader } from '../../prisma-client.js';
import { Prisma } from '../../prisma-client.js';
import { fromPrimary } from '../../read-source.js';
import { members as model } from './project.js';
import type { QuerySources } from '../../query-sources.js';

export interface Member {
  readonly userId: UserId;
  readonly joinedAt: Date;
}

/** A place in the list of a room's members. */
export type MemberCursor = Member;

export interface MemberPageQuery {
  readonly roomId: RoomId;
  readonly first: number;
  /** Null: from the first member. */
  readonly after: MemberCursor | null;
  readonly viewer: UserId;
  /** The place in the log that the answer must hold; without it the primary answers. */
  readonly atLeast?: LogPosition;
}

export interface MemberPage {
  /** In the order in which they joined. */
  readonly members: readonly Member[];
  readonly hasMore: boolean;
}

export interface MemberQueries {
  /** Whether the user is a member of the room; in the order of `pairs`. One statement. */
  areMembers(pairs: readonly { readonly roomId: RoomId; readonly userId: UserId }[]): Promise<readonly boolean[]>;
  /** The total number is the room's `memberCount`. Null where the viewer is no member, as of the same moment. */
  page(query: MemberPageQuery): Promise<MemberPage | null>;
}

export function memberQueries({ prisma, read = fromPrimary(prisma) }: QuerySources<'prisma'>): MemberQueries {
  return {
    async areMembers(pairs) {
      const rows = await prisma.$queryRaw<{ readonly n: number }[]>`
        SELECT asked.n::integer AS n
        FROM unnest(${pairs.map((pair) => pair.roomId)}::text[], ${pairs.map((pair) => pair.userId)}::text[])
          WITH ORDINALITY AS asked (room_id, user_id, n)
        JOIN members m USING (room_id, user_id)
        WHERE m.present`;
      const members = new Set(rows.map(({ n }) => n - 1));
      return pairs.map((_, index) => members.has(index));
    },

    async page(query) {
      const { atLeast } = query;
      const found = atLeast && (await read({ models: [model], at: [atLeast] }, (sql) => pageOf(sql, query)));
      // A replica may not have a joining yet: its "no" is asked of the primary.
      return found ?? pageOf(prisma, query);
    },
  };
}

async function pageOf(sql: SqlReader, { roomId, first, after, viewer }: MemberPageQuery): Promise<MemberPage | null> {
  const later =
    after === null ? Prisma.empty : Prisma.sql`AND (joined_at, user_id) > (${after.joinedAt}, ${after.userId})`;
  const rows = await sql.$queryRaw<{ readonly userId: string | null; readonly joinedAt: Date }[]>`
    SELECT page.user_id AS "userId", page.joined_at AS "joinedAt"
    FROM members viewer
    LEFT JOIN LATERAL (
      SELECT user_id, joined_at FROM members WHERE room_id = ${roomId} AND present ${later}
        ORDER BY joined_at, user_id LIMIT ${first + 1}
    ) AS page ON true
    WHERE viewer.room_id = ${roomId} AND viewer.user_id = ${viewer} AND viewer.present
    ORDER BY page.joined_at, page.user_id`;
  if (rows.length === 0) return null;
  const members = rows
    .slice(0, first)
    .flatMap((row) => (row.userId === null ? [] : [{ userId: userId(row.userId), joinedAt: row.joinedAt }]));
  return { members, hasMore: rows.length > first };
}
