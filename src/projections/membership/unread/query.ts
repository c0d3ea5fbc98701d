/**
 * Exports: `Unread`, `UnreadKey`, `UnreadQueries`, `unreadQueries`.
 * Reads Redis first where it can answer; PostgreSQL is always right.
 */
import type { Partition, Position, UserId } from '../../../engine/domain/ids.js';
import type { RoomId } from '../../../events/ids.js';
import { position } from '../../../engine/domain/ids.js';
import type { PrismaClient } from '../../prisma-client.js';
import type { ReadCache } from '../../../engine/projector/read-cache.js';
import { byPartition } from '../../../engine/projector/by-partition.js';
import { unread } from './project.js';
import { READ } from './unread.lua.js';
import type { QuerySources } from '../../query-sources.js';

export interface UnreadKey {
  readonly roomId: RoomId;
  readonly partition: Partition;
  readonly userId: UserId;
  /** A position of the room's partition that Redis must hold to answer; 0: any. */
  readonly atLeast: Position;
}

export interface Unread {
  /** 0 before the first message. */
  readonly readSeq: number;
  readonly unreadCount: number;
}

export interface UnreadQueries {
  /**
   * In the order of `keys`; null where the user is not a member. For a DataLoader. One round trip a partition, and
   * perhaps one more.
   */
  of(keys: readonly UnreadKey[]): Promise<readonly (Unread | null)[]>;
}

export function unreadQueries({ prisma, cache }: QuerySources<'prisma' | 'cache'>): UnreadQueries {
  return {
    async of(keys) {
      const cached = await byPartition(keys, (partition, ofPartition) => cachedUnread(cache, partition, ofPartition));
      const missing = keys.filter((_, index) => cached[index] === undefined);
      if (missing.length === 0) return cached.map((answer) => answer ?? null);
      const stored = (await storedUnread(prisma, missing)).values();
      return cached.map((answer) => (answer === undefined ? stored.next().value : answer) ?? null);
    },
  };
}

/** Undefined where Redis cannot answer. */
async function cachedUnread(
  cache: ReadCache,
  partition: Partition,
  keys: readonly UnreadKey[],
): Promise<readonly (Unread | null | undefined)[]> {
  const atLeast = position(Math.max(0, ...keys.map((key) => key.atLeast)));
  const args = keys.flatMap((key) => [key.roomId, key.userId]);
  const answered = await cache.read(unread, partition, atLeast, READ, args);
  const answers = answered?.result as readonly (readonly [number, number] | null)[] | undefined;
  return keys.map((_, index) => {
    const answer = answers?.[index];
    if (!answer) return undefined;
    const [last, read] = answer;
    return read < 0 ? null : unreadOf(last, read);
  });
}

/** The two read models may be at different positions: a member whose read mark is ahead has nothing unread. */
const unreadOf = (lastSeq: number, readSeq: number): Unread => ({
  readSeq,
  unreadCount: Math.max(0, lastSeq - readSeq),
});

async function storedUnread(prisma: PrismaClient, keys: readonly UnreadKey[]): Promise<readonly (Unread | null)[]> {
  const rows = await prisma.$queryRaw<{ readonly n: number; readonly lastSeq: number; readonly readSeq: number }[]>`
    SELECT asked.n::integer AS n, coalesce(r.last_seq, 0) AS "lastSeq", p.read_seq AS "readSeq"
    FROM unnest(${keys.map((key) => key.roomId)}::text[], ${keys.map((key) => key.userId)}::text[])
      WITH ORDINALITY AS asked (room_id, user_id, n)
    JOIN read_positions p USING (room_id, user_id)
    LEFT JOIN rooms r ON r.id = asked.room_id
    WHERE p.present`;
  const answers = new Map(rows.map((row) => [row.n - 1, unreadOf(row.lastSeq, row.readSeq)]));
  return keys.map((_, index) => answers.get(index) ?? null);
}
