import DataLoader from 'dataloader';
import type { Partition, Position, UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { position } from '../../engine/domain/ids.js';
import type { Queries } from '../../projections/queries.js';
import type { Unread } from '../../projections/membership/unread/query.js';

export interface OwnReactionsKey {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly seqs: readonly number[];
}

export interface OwnUnreadKey {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly partition: Partition;
  readonly atLeast: Position;
}

/**
 * The values that differ from member to member in a hot room. Members who ask within a moment share one read; nothing
 * is kept.
 */
export interface PersonalReads {
  /** The member's own reactions on these messages, as `<seq>/<emoji>`. */
  reactions(key: OwnReactionsKey): Promise<ReadonlySet<string>>;
  unread(key: OwnUnreadKey): Promise<Unread | null>;
}

/** Long enough that thousands of members cost a few reads a second, short enough that no member notices. */
const GATHER_MS = 100;
const MAX_TOGETHER = 2_000;

export function createPersonalReads({ timeline, unread }: Pick<Queries, 'timeline' | 'unread'>): PersonalReads {
  const together = {
    cache: false,
    maxBatchSize: MAX_TOGETHER,
    batchScheduleFn: (dispatch: () => void) => void setTimeout(dispatch, GATHER_MS),
  } as const;

  const reactions = new DataLoader<OwnReactionsKey, ReadonlySet<string>>(async (keys) => {
    const rooms = new Map<RoomId, { readonly users: Set<UserId>; readonly seqs: Set<number> }>();
    for (const { roomId, userId, seqs } of keys) {
      const room = rooms.get(roomId) ?? { users: new Set(), seqs: new Set() };
      rooms.set(roomId, room);
      room.users.add(userId);
      for (const seq of seqs) room.seqs.add(seq);
    }
    const own = new Map<string, Set<string>>();
    const found = await Promise.all(
      Array.from(rooms, ([roomId, { users, seqs }]) => timeline.reactionsOf(roomId, [...seqs], [...users])),
    );
    for (const { roomId, userId, seq, emoji } of found.flat()) {
      const key = `${roomId}/${userId}`;
      own.set(key, (own.get(key) ?? new Set()).add(`${seq}/${emoji}`));
    }
    return keys.map(({ roomId, userId }) => own.get(`${roomId}/${userId}`) ?? new Set());
  }, together);

  const counts = new DataLoader<OwnUnreadKey, Unread | null>((keys) => {
    // The answer to all of them holds the last write of each of them.
    const newest = new Map<Partition, Position>();
    for (const { partition, atLeast } of keys)
      newest.set(partition, position(Math.max(newest.get(partition) ?? 0, atLeast)));
    return unread.of(keys.map((key) => ({ ...key, atLeast: newest.get(key.partition)! })));
  }, together);

  return { reactions: (key) => reactions.load(key), unread: (key) => counts.load(key) };
}
