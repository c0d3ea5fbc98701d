import type { Position, UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { position } from '../../engine/domain/ids.js';
import type { Ask, SharedReads } from '../../hot-rooms/shared-reads.js';
import { createSharedReads } from '../../hot-rooms/shared-reads.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import { shortKey } from '../../engine/runtime/short-key.js';
import type { ApiServices } from '../services.js';

/** The shortest time between the beginnings of two reads of a page, and the memory for kept pages, in bytes. */
export const PAGES = { minGapMs: 150, maxWeight: 64 * 2 ** 20 } as const;

const MIN_AGE_MS = 200;

/**
 * The read options of a member's fetch. Staleness budget of one pace: a quarter for the cached answer, a quarter for
 * the cached page, half for projection lag and the lookups of each member. A page that takes a token is not refreshed
 * ahead.
 */
export function askFor(
  { heat, progress, partitions }: Pick<ApiServices, 'heat' | 'progress' | 'partitions'>,
  roomId: RoomId,
  key: string,
  needed: Position,
  refreshesAhead = true,
): Ask {
  const partition = partitionOf(roomId, partitions);
  return {
    key,
    needed,
    maxAgeMs: Math.max(MIN_AGE_MS, heat.of(roomId).paceMs / 4),
    sure: () => progress.known(partition),
    refreshesAhead,
  };
}

/** The cache of the reads that all members of a hot room share: rows of rooms, newest messages, pages of messages. */
export const createHotPages = (): SharedReads<unknown> =>
  createSharedReads<unknown>({ ...PAGES, weigh: (value) => JSON.stringify(value).length, keep: () => true });

/** The position that a member's fetch must show: that of the member's last write through this server. */
export const lastWriteIn = (
  { commands, partitions }: Pick<ApiServices, 'commands' | 'partitions'>,
  roomId: RoomId,
  userId: UserId,
): Position => {
  const partition = partitionOf(roomId, partitions);
  return commands.lastWrites(userId).find((at) => at.partition === partition)?.position ?? position(0);
};

/** The key of a page among those of all rooms. @param args as the field's resolver gets them */
export const pageKey = (roomId: RoomId, field: string, args: Readonly<Record<string, unknown>>): string =>
  shortKey(JSON.stringify([roomId, field, args]));
