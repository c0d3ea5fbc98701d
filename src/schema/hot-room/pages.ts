import type { Position, RoomId, UserId } from '../../events/ids.js';
import { position } from '../../events/ids.js';
import type { SharedReads } from '../../heat/shared-reads.js';
import { createSharedReads } from '../../heat/shared-reads.js';
import { partitionOf } from '../../platform/partitioning.js';
import type { ApiServices } from '../services.js';

/**
 * How old what a hot room hands out may be, and how often it is read at most, in milliseconds. An answer for all is kept that long, and so is
 * the page that it was made from: together they are never older than the shortest pace.
 */
export const PAGES = { maxAgeMs: 250, minGapMs: 150, maxWeight: 64 * 2 ** 20 } as const;

/** What hot rooms show to all their members alike: rows of rooms, newest messages, pages of messages. */
export const createHotPages = (): SharedReads<unknown> => createSharedReads<unknown>({ ...PAGES, weigh: (value) => JSON.stringify(value).length, keep: () => true });

/** What a member's fetch must show: what the member has written last through this server. */
export const lastWriteIn = ({ commands, partitions }: Pick<ApiServices, 'commands' | 'partitions'>, roomId: RoomId, userId: UserId): Position => {
  const partition = partitionOf(roomId, partitions);
  return commands.lastWrites(userId).find((at) => at.partition === partition)?.position ?? position(0);
};

/** Of a page among those of all rooms. @param args as the field's resolver gets them */
export const pageKey = (roomId: RoomId, field: string, args: Readonly<Record<string, unknown>>): string => JSON.stringify([roomId, field, args]);
