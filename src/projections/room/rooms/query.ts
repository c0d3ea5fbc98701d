/** Exports: `Room`, `Visit`, `RoomCursor`, `RoomPage`, `RoomPageQuery`, `RoomQueries`, `roomQueries`. */
import type { LogPosition, UserId } from '../../../engine/domain/ids.js';
import type { RoomId } from '../../../events/ids.js';
import { userId } from '../../../engine/domain/ids.js';
import { roomId } from '../../../events/ids.js';
import type { SqlReader } from '../../prisma-client.js';
import { Prisma } from '../../prisma-client.js';
import { members } from '../../membership/members/project.js';
import { fromPrimary } from '../../read-source.js';
import { rooms as model } from './project.js';
import type { QuerySources } from '../../query-sources.js';

export interface Room {
  readonly id: RoomId;
  readonly title: string;
  readonly createdAt: Date;
  readonly createdBy: UserId;
  readonly memberCount: number;
  /** The number of its last message; 0 where it has none. */
  readonly lastSeq: number;
}

/** A room, with whether one user is a member. */
export interface Visit {
  readonly room: Room;
  readonly isMember: boolean;
}

/** A place in the list of rooms: the content of a page's cursors. */
export interface RoomCursor {
  readonly createdAt: Date;
  readonly id: RoomId;
}

export interface RoomPageQuery {
  readonly first: number;
  /** Null: from the newest. */
  readonly after: RoomCursor | null;
  /** Only rooms that this user is a member of; null: all rooms. */
  readonly member: UserId | null;
  /** Only rooms with this text in their titles, in any case. Reads titles until the page is full. */
  readonly title?: string | undefined;
  /** The places in the log that the answer must hold, one per partition; without them the primary answers. */
  readonly atLeast?: readonly LogPosition[];
}

export interface RoomPage {
  /** Newest first. */
  readonly rooms: readonly Room[];
  readonly hasMore: boolean;
}

export interface RoomQueries {
  /** In the order of `ids`; null where there is no such room. One statement. */
  byIds(ids: readonly RoomId[]): Promise<readonly (Room | null)[]>;
  /** The same, with whether the user is a member. One statement. */
  visited(ids: readonly RoomId[], userId: UserId): Promise<readonly (Visit | null)[]>;
  page(query: RoomPageQuery): Promise<RoomPage>;
}

const COLUMNS = Prisma.sql`r.id, r.title, r.created_at AS "createdAt", r.created_by AS "createdBy",
  r.member_count AS "memberCount", r.last_seq AS "lastSeq"`;

export function roomQueries({ prisma, read = fromPrimary(prisma) }: QuerySources<'prisma'>): RoomQueries {
  return {
    async byIds(ids) {
      const rows = await prisma.$queryRaw<Row[]>`SELECT ${COLUMNS} FROM rooms r WHERE r.id = ANY(${[...ids]}::text[])`;
      const rooms = new Map(rows.map((row) => [row.id, roomOf(row)]));
      return ids.map((id) => rooms.get(id) ?? null);
    },

    async visited(ids, user) {
      const rows = await prisma.$queryRaw<(Row & { readonly isMember: boolean })[]>`
        SELECT ${COLUMNS}, m.user_id IS NOT NULL AS "isMember"
        FROM rooms r LEFT JOIN members m ON m.room_id = r.id AND m.user_id = ${user} AND m.present
        WHERE r.id = ANY(${[...ids]}::text[])`;
      const visits = new Map(rows.map(({ isMember, ...row }) => [row.id, { room: roomOf(row), isMember }]));
      return ids.map((id) => visits.get(id) ?? null);
    },

    page: (query) =>
      query.atLeast
        ? read({ models: query.member === null ? [model] : [model, members], at: query.atLeast }, (sql) =>
            pageOf(sql, query),
          )
        : pageOf(prisma, query),
  };
}

async function pageOf(sql: SqlReader, { first, after, member, title }: RoomPageQuery): Promise<RoomPage> {
  const joined =
    member === null
      ? Prisma.empty
      : Prisma.sql`JOIN members m ON m.room_id = r.id AND m.user_id = ${member} AND m.present`;
  const older =
    after === null ? Prisma.empty : Prisma.sql`AND (r.created_at, r.id) < (${after.createdAt}, ${after.id})`;
  const titled = title === undefined ? Prisma.empty : Prisma.sql`AND strpos(lower(r.title), lower(${title})) > 0`;
  const rows = await sql.$queryRaw<Row[]>`
    SELECT ${COLUMNS} FROM rooms r ${joined} WHERE true ${older} ${titled}
    ORDER BY r.created_at DESC, r.id DESC LIMIT ${first + 1}`;
  return { rooms: rows.slice(0, first).map(roomOf), hasMore: rows.length > first };
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly memberCount: number;
  readonly lastSeq: number;
}

const roomOf = ({ id, createdBy, ...rest }: Row): Room => ({ id: roomId(id), createdBy: userId(createdBy), ...rest });
