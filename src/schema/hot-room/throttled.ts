import type { GraphQLFieldResolver } from 'graphql';
import type { Position } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import type { ReadOutcome, SharedReads } from '../../hot-rooms/shared-reads.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import type { ApiContext } from '../context.js';
import { membersOnly } from '../errors.js';
import type { HotRoomArguments } from './hot-room.directive.js';
import { askFor, pageKey } from './pages.js';
import { roomHot } from './room-hot.js';
import { createSharedRead } from './shared-read.js';
import { createTurns } from './turns.js';

type Resolve = GraphQLFieldResolver<unknown, ApiContext>;
type Arguments = Readonly<Record<string, unknown>>;
type Read = ReturnType<SharedReads<unknown>['read']>;
type HotRoomOutcome = ReadOutcome | 'bucket' | 'refused' | 'ahead';

interface SharedPage {
  readonly page: unknown;
  readonly holds: Position;
}

/** Wraps the resolver of a field of `Room` that is throttled while the room is hot. */
export function throttled(resolve: Resolve, { away }: HotRoomArguments): Resolve {
  const takeTurn = createTurns();

  return async (source, args: Arguments, context, info): Promise<unknown> => {
    const { loaders, services, viewer } = context;
    const { heat, pages, buckets, metrics } = services;
    const { id: roomId } = source as { readonly id: RoomId };

    // The field itself refuses strangers. They make no room hot, and never get the members' shared answers.
    if (!viewer || !(await loaders.isMember(roomId))) return resolve(source, args, context, info);
    const { userId } = viewer;
    if (!context.counted) heat.fetched(roomId);
    const { state, paceMs } = heat.of(roomId);
    const count = (outcome: HotRoomOutcome): void => metrics.hotRoomFetches.inc({ state, outcome });
    if (state === 'NORMAL') {
      count(context.ahead ? 'ahead' : 'fresh');
      return resolve(source, args, context, info);
    }
    context.hotRooms.add(roomId);

    const key = pageKey(roomId, info.fieldName, args);
    const isNewest = away.every((name) => (args[name] ?? null) === null);
    const ask = askFor(
      services,
      roomId,
      key,
      loaders.reading.needed(partitionOf(roomId, services.partitions)),
      isNewest,
    );
    const read = (): Read =>
      pages.read(ask, async (_holds, ahead) => {
        if (ahead) count('ahead');
        const shared = createSharedRead();
        const page: unknown = await resolve(source, args, { ...context, sharedAmongMembers: shared }, info);
        return { page, holds: shared.holds };
      });
    // A page that another request is reading now costs nothing, so it needs no token.
    const isFree = (): boolean => isNewest || pages.has(ask);
    let page: Read | undefined;
    const turn = await takeTurn(key, isFree, async () => {
      const decision = await buckets.take(roomId, userId, key);
      // At once: from here on the page is free for the others.
      if (decision.granted) page = read();
      return decision;
    });
    if (!turn.granted) {
      count('refused');
      throw roomHot(turn.retryAfterMs, paceMs);
    }
    const { value, outcome } = await (page ?? read());
    const { page: shown, holds } = value as SharedPage;
    context.sharedAmongMembers?.held(holds);
    // The page may be newer than the member's leaving.
    if (!(await loaders.isStillMember(roomId, holds))) throw membersOnly();
    if (!context.ahead) count(outcome === 'fresh' && !isNewest ? 'bucket' : outcome);
    else if (outcome === 'fresh') count('ahead');
    return shown;
  };
}
