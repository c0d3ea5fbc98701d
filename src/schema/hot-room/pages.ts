import type { Position, UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { position } from '../../engine/domain/ids.js';
import type { Ask, SharedReads } from '../../hot-rooms/shared-reads.js';
import { createSharedReads } from '../../hot-rooms/shared-reads.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import { shortKey } from '../../engine/runtime/short-key.js';
import type { ApiServices } from '../services.js';

/** How often a page is read at most, in milliseconds between two beginnings, and how much is kept, in bytes. */
export const PAGES = { minGapMs: 150, maxWeight: 64 * 2 ** 20 } as const;

const MIN_AGE_MS = 200;

/**
 * What a member asks for in a room. An answer for all may be a quarter of a pace old, and so may be the page that it
 * was made from: half a pace is left for what the read models are behind, and for what is looked up for each. A page
 * that takes a token is not read ahead of anyone.
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

/** What hot rooms show to all their members alike: rows of rooms, newest messages, pages of messages. */
export const createHotPages = (): SharedReads<unknown> =>
  createSharedReads<unknown>({ ...PAGES, weigh: (value) => JSON.stringify(value).length, keep: () => true });

/** What a member's fetch must show: what the member has written last through this server. */
export const lastWriteIn = (
  { commands, partitions }: Pick<ApiServices, 'commands' | 'partitions'>,
  roomId: RoomId,
  userId: UserId,
): Position => {
  const partition = partitionOf(roomId, partitions);
  return commands.lastWrites(userId).find((at) => at.partition === partition)?.position ?? position(0);
};

/** Of a page among those of all rooms. @param args as the field's resolver gets them */
export const pageKey = (roomId: RoomId, field: string, args: Readonly<Record<string, unknown>>): string =>
  shortKey(JSON.stringify([roomId, field, args]));
