import type { Partition, Position, UserId } from '../../../engine/domain/ids.js';
import type { MessageId, RoomId } from '../../../events/ids.js';

export interface ReactionTally {
  readonly emoji: string;
  readonly count: number;
  /** Whether the viewer reacted so; absent where the query had no viewer. */
  readonly mine?: boolean;
}

export interface TimelineMessage {
  readonly id: MessageId;
  readonly roomId: RoomId;
  readonly seq: number;
  readonly authorId: UserId;
  readonly body: string;
  readonly createdAt: Date;
  /** In the order in which the emojis were first used. */
  readonly reactions: readonly ReactionTally[];
}

export interface TimelinePageQuery {
  readonly roomId: RoomId;
  readonly partition: Partition;
  /** The user whose reactions are `mine`; null: nobody's, and the answer is the same for all members. */
  readonly viewer: UserId | null;
  /** `before`: the newest messages with a smaller seq than `from`; `after`: the oldest ones with a larger seq. */
  readonly direction: 'before' | 'after';
  /** Null: from the newest message (`before`) or from the oldest (`after`). */
  readonly from: number | null;
  /** The largest number of messages; at least 1. */
  readonly limit: number;
  /** A position of the room's partition that Redis must hold to answer; 0: any. */
  readonly atLeast: Position;
}

export interface TimelinePage {
  /** Ascending by seq, in both directions. */
  readonly messages: readonly TimelineMessage[];
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  readonly source: 'redis' | 'postgres';
  /** The page contains no event behind this position of the room's partition. */
  readonly holds: Position;
}

/**
 * Whether a room whose last message is `last` has messages before and after a page. Numbers have no gaps, so arithmetic
 * is enough, without a query.
 */
export function around(
  { direction, from, limit }: Pick<TimelinePageQuery, 'direction' | 'from' | 'limit'>,
  last: number,
) {
  const [low, high] =
    direction === 'before'
      ? [Math.min((from ?? last + 1) - limit, last - limit + 1), Math.min((from ?? last + 1) - 1, last)]
      : [(from ?? 0) + 1, (from ?? 0) + limit];
  return { hasBefore: Math.min(low - 1, last) >= 1, hasAfter: Math.max(high, 0) < last };
}
