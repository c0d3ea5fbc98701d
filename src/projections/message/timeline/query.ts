/**
 * Exports: `TimelineMessage`, `ReactionTally`, `TimelinePage`, `TimelinePageQuery`, `TimelineQueries`,
 * `timelineQueries`.
 * Reads Redis first where it can answer; PostgreSQL is always right.
 */
import type { Position, UserId } from '../../../engine/domain/ids.js';
import type { RoomId } from '../../../events/ids.js';
import { position, userId } from '../../../engine/domain/ids.js';
import { messageId, roomId } from '../../../events/ids.js';
import type { SqlReader } from '../../prisma-client.js';
import { Prisma } from '../../prisma-client.js';
import { fromPrimary } from '../../read-source.js';
import { byPartition } from '../../../engine/projector/by-partition.js';
import type { RecentPageQuery } from '../recent-timeline/query.js';
import { recentPages } from '../recent-timeline/query.js';
import type { TimelineMessage, TimelinePage, TimelinePageQuery } from './page.js';
import { around } from './page.js';
import { timeline } from './project.js';
import type { QuerySources } from '../../query-sources.js';

export type { ReactionTally, TimelineMessage, TimelinePage, TimelinePageQuery } from './page.js';

export interface TimelineQueries {
  page(query: TimelinePageQuery): Promise<TimelinePage>;
  /** The newest message of each room, in the order of `rooms`. One round trip a partition, and perhaps one more. */
  newest(
    rooms: readonly Pick<TimelinePageQuery, 'roomId' | 'partition' | 'atLeast'>[],
    viewer: UserId | null,
  ): Promise<readonly NewestMessage[]>;
  /** In the order of `keys`; null where there is no such message. One statement. */
  byKeys(
    keys: readonly { readonly roomId: RoomId; readonly seq: number }[],
    viewer: UserId | null,
  ): Promise<readonly (TimelineMessage | null)[]>;
  /** The reactions of these users to these messages of a room. One statement. */
  reactionsOf(roomId: RoomId, seqs: readonly number[], users: readonly UserId[]): Promise<readonly OwnReaction[]>;
}

export interface NewestMessage extends Pick<TimelinePage, 'holds'> {
  /** Null where the room has no message. */
  readonly message: TimelineMessage | null;
}

export interface OwnReaction {
  readonly roomId: RoomId;
  readonly seq: number;
  readonly emoji: string;
  readonly userId: UserId;
}

/** The largest value of the column. A client may have made up a larger number. */
const MAX_SEQ = 2_147_483_647;

export function timelineQueries({
  prisma,
  cache,
  read = fromPrimary(prisma),
}: QuerySources<'prisma' | 'cache'>): TimelineQueries {
  return {
    async page(asked) {
      const query = { ...asked, from: asked.from === null ? null : Math.min(asked.from, MAX_SEQ) };
      const [recent] = await recentPages(cache, query.partition, query.viewer, [query]);
      return (
        recent ??
        read({ models: [timeline], at: [{ ...query, position: query.atLeast }] }, (sql) => storedPage(sql, query))
      );
    },

    async newest(rooms, viewer) {
      const pages = rooms.map((room): RecentPageQuery => ({ ...room, direction: 'before', from: null, limit: 1 }));
      const recent = await byPartition(pages, (partition, ofPartition) =>
        recentPages(cache, partition, viewer, ofPartition),
      );
      const missing = rooms.filter((_, index) => !recent[index]);
      const stored =
        missing.length > 0
          ? await read(
              { models: [timeline], at: missing.map((room) => ({ ...room, position: room.atLeast })) },
              (sql) => storedNewest(sql, missing, viewer),
            )
          : new Map<RoomId, NewestMessage>();
      return rooms.map((room, index) => {
        const page = recent[index];
        return page ? { message: page.messages[0] ?? null, holds: page.holds } : stored.get(room.roomId)!;
      });
    },

    async byKeys(keys, viewer) {
      const rows = await prisma.$queryRaw<(MessageRow & { readonly n: number })[]>`
        SELECT asked.n::integer AS n, ${MESSAGE}, t.reactions
        FROM unnest(${keys.map((key) => key.roomId)}::text[],
          ${keys.map((key) => Math.min(key.seq, MAX_SEQ))}::integer[])
          WITH ORDINALITY AS asked (room_id, seq, n)
        JOIN messages m USING (room_id, seq)
        ${reactionsFor(viewer)}`;
      const messages = new Map(rows.map((row) => [row.n - 1, messageOf(row)]));
      return keys.map((_, index) => messages.get(index) ?? null);
    },

    reactionsOf: (room, seqs, users) =>
      prisma.$queryRaw<OwnReaction[]>`
        SELECT room_id AS "roomId", seq, emoji, user_id AS "userId" FROM reactions
        WHERE room_id = ${room} AND seq = ANY(${[...seqs]}::integer[]) AND user_id = ANY(${[...users]}::text[])
          AND present`,
  };
}

const MESSAGE = Prisma.sql`
  m.room_id AS "roomId", m.seq, m.author_id AS "authorId", m.body, m.created_at AS "createdAt"`;

/**
 * The position of the model, as of the statement. It is not known here which of several versions of the model is read:
 * the furthest position is taken.
 */
const HOLDS = (partition: Prisma.Sql): Prisma.Sql => Prisma.sql`
  (SELECT coalesce(max(p.position), 0) FROM projection_checkpoints p WHERE p.name = ${timeline.name}
    AND p.partition = ${partition})`;

/** The reactions among the counts `c`. A position belongs to one event, so the order has no ties. */
function tallies(viewer: UserId | null): Prisma.Sql {
  const mine =
    viewer === null
      ? Prisma.empty
      : Prisma.sql`, 'mine', EXISTS (
          SELECT FROM reactions r
          WHERE r.room_id = c.room_id AND r.seq = c.seq AND r.emoji = c.emoji AND r.user_id = ${viewer} AND r.present)`;
  return Prisma.sql`
    json_agg(json_build_object('emoji', c.emoji, 'count', c.count ${mine}) ORDER BY c.first_position) AS reactions`;
}

/** Joins the reactions of a message `m`. */
const reactionsFor = (viewer: UserId | null): Prisma.Sql => Prisma.sql`
  LEFT JOIN LATERAL (
    SELECT ${tallies(viewer)} FROM reaction_counts c WHERE c.room_id = m.room_id AND c.seq = m.seq AND c.count > 0
  ) AS t ON true`;

const COLUMNS = Prisma.sql`m.room_id, m.seq, m.author_id, m.body, m.created_at`;

/**
 * One statement, so that the page and the room's last number are of one moment. The reactions of all its messages are
 * one range: a lookup for each message would be most of the work.
 */
async function storedPage(sql: SqlReader, query: TimelinePageQuery): Promise<TimelinePage> {
  const { roomId: room, partition, direction, from, limit, viewer } = query;
  const bound =
    from === null
      ? Prisma.empty
      : direction === 'before'
        ? Prisma.sql`AND m.seq < ${from}`
        : Prisma.sql`AND m.seq > ${from}`;
  const order = direction === 'before' ? Prisma.sql`m.seq DESC` : Prisma.sql`m.seq`;
  const rows = await sql.$queryRaw<
    ((MessageRow | { readonly seq: null }) & { readonly last: number; readonly holds: Position })[]
  >`
    WITH page AS MATERIALIZED (SELECT ${COLUMNS} FROM messages m WHERE m.room_id = ${room} ${bound} ORDER BY ${order}
      LIMIT ${limit}),
    t AS (
      SELECT c.seq, ${tallies(viewer)} FROM reaction_counts c
      WHERE c.room_id = ${room} AND c.seq BETWEEN (SELECT min(seq) FROM page) AND (SELECT max(seq) FROM page)
        AND c.count > 0
      GROUP BY c.seq
    )
    SELECT room.last, room.holds, ${MESSAGE}, t.reactions
    FROM (SELECT coalesce(max(seq), 0) AS last, ${HOLDS(Prisma.sql`${partition}`)} AS holds FROM messages
      WHERE room_id = ${room}) AS room
    LEFT JOIN page m ON true
    LEFT JOIN t ON t.seq = m.seq
    ORDER BY m.seq`;
  const messages = rows.flatMap((row) => (row.seq === null ? [] : [messageOf(row)]));
  return { messages, ...around(query, rows[0]!.last), source: 'postgres', holds: holdsOf(rows[0]!) };
}

async function storedNewest(
  sql: SqlReader,
  rooms: readonly Pick<TimelinePageQuery, 'roomId' | 'partition'>[],
  viewer: UserId | null,
): Promise<ReadonlyMap<RoomId, NewestMessage>> {
  const rows = await sql.$queryRaw<
    ((MessageRow | { readonly seq: null }) & { readonly asked: RoomId; readonly holds: Position })[]
  >`
    SELECT asked.room_id AS asked, ${HOLDS(Prisma.sql`asked.partition`)} AS holds, ${MESSAGE}, t.reactions
    FROM unnest(${rooms.map(({ roomId: room }) => room)}::text[],
      ${rooms.map(({ partition }) => partition)}::smallint[]) AS asked (room_id, partition)
    LEFT JOIN LATERAL (SELECT ${COLUMNS} FROM messages m WHERE m.room_id = asked.room_id ORDER BY m.seq DESC
      LIMIT 1) AS m ON true
    ${reactionsFor(viewer)}`;
  return new Map(
    rows.map((row) => [row.asked, { message: row.seq === null ? null : messageOf(row), holds: holdsOf(row) }]),
  );
}

/** A bigint of the database. */
const holdsOf = ({ holds }: { readonly holds: number | bigint }): Position => position(Number(holds));

interface MessageRow {
  readonly roomId: string;
  readonly seq: number;
  readonly authorId: string;
  readonly body: string;
  readonly createdAt: Date;
  readonly reactions: TimelineMessage['reactions'] | null;
}

const messageOf = ({ roomId: room, seq, authorId, body, createdAt, reactions }: MessageRow): TimelineMessage => ({
  id: messageId(roomId(room), seq),
  roomId: roomId(room),
  seq,
  authorId: userId(authorId),
  body,
  createdAt,
  reactions: reactions ?? [],
});
