import type { GraphQLFieldResolver } from 'graphql';
import type { RoomId } from '../../events/ids.js';
import type { SharedReads } from '../../heat/shared-reads.js';
import { partitionOf } from '../../platform/partitioning.js';
import type { Admission } from '../../platform/ports/rate-limits.js';
import type { ApiContext } from '../context.js';
import { membersOnly } from '../errors.js';
import type { HotRoomArguments } from './hot-room.directive.js';
import { pageKey } from './pages.js';
import { roomHot } from './room-hot.js';

type Resolve = GraphQLFieldResolver<unknown, ApiContext>;
type Arguments = Readonly<Record<string, unknown>>;
type Read = ReturnType<SharedReads<unknown>['read']>;

/** A page that is being read, or when to come back. */
type Turn = { readonly page: Read } | { readonly retryAfterMs: number };

/** The resolver of a field of `Room` that is throttled while the room is hot. */
export function throttled(resolve: Resolve, { away }: HotRoomArguments): Resolve {
  const takeTurn = createTurns();

  return async (source, args: Arguments, context, info): Promise<unknown> => {
    const { loaders, services, viewer } = context;
    const { heat, memberships, pages, buckets, metrics } = services;
    const { id: roomId } = source as { readonly id: RoomId };

    // Who is no member is refused by the field itself: makes no room hot, and never gets what members share.
    if (!viewer || !(await loaders.isMember(roomId))) return resolve(source, args, context, info);
    const { userId } = viewer;
    heat.fetched(roomId);
    const { state, paceMs } = heat.of(roomId);
    if (state === 'NORMAL') {
      metrics.hotRoomFetches.inc({ state, outcome: 'fresh' });
      return resolve(source, args, context, info);
    }
    context.hotRooms.add(roomId);

    const key = pageKey(roomId, info.fieldName, args);
    const needed = loaders.reading.needed(partitionOf(roomId, services.partitions));
    const read = (): Read => pages.read(key, needed, async () => resolve(source, args, { ...context, sharedAmongMembers: true }, info));
    const isNewest = away.every((name) => (args[name] ?? null) === null);
    // A page that others are getting now costs nothing, so nobody needs a token for it.
    const isFree = (): boolean => isNewest || pages.has(key, needed);
    const turn = await takeTurn(key, isFree, read, () => buckets.take(roomId, userId));
    if ('retryAfterMs' in turn) {
      metrics.hotRoomFetches.inc({ state, outcome: 'refused' });
      throw roomHot(turn.retryAfterMs, paceMs);
    }
    const { value, outcome } = await turn.page;
    // The page may be of a moment after the member left.
    if (!memberships.isKnown(roomId, userId) && !(await memberships.isMember(roomId, userId))) throw membersOnly();
    metrics.hotRoomFetches.inc({ state, outcome: outcome === 'fresh' && !isNewest ? 'bucket' : outcome });
    return value;
  };
}

/** Those who want the same page ask for a token one after the other, until one of them has it: then the page is free for the others. */
function createTurns() {
  const asking = new Map<string, Promise<unknown>>();
  return async (key: string, isFree: () => boolean, read: () => Read, take: () => Promise<Admission>): Promise<Turn> => {
    while (!isFree()) {
      const other = asking.get(key);
      if (other) {
        await other;
        continue;
      }
      const own = take().then((admission): Turn => (admission.granted ? { page: read() } : admission));
      asking.set(key, own);
      try {
        return await own;
      } finally {
        asking.delete(key);
      }
    }
    return { page: read() };
  };
}
