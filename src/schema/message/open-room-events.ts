import { position } from '../../engine/domain/ids.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import type { ApiContext } from '../context.js';
import { membersOnly, notFound, positionGone } from '../errors.js';
import { parseRoomId } from '../ids.js';
import { openPosition } from '../reading.js';
import { requireViewer } from '../viewer.js';
import { RoomEventSource } from './room-event-source.js';

/** Then the "yes" of a read model that lags is taken: no member is kept out because a projector is away. */
const MEMBERSHIP_TIMEOUT_MS = 500;

export interface RoomEventsArguments {
  readonly roomId: string;
  readonly after?: string | null;
}

/**
 * Checks who asks for what, and where to begin. @throws UNAUTHENTICATED, NOT_FOUND, FORBIDDEN, POSITION_GONE,
 * UNAVAILABLE
 */
export async function openRoomEvents(
  { roomId: asked, after }: RoomEventsArguments,
  context: ApiContext,
): Promise<RoomEventSource> {
  const { services, loaders } = context;
  const viewer = requireViewer(context);
  const roomId = parseRoomId(asked);
  if (!roomId) throw notFound('There is no room with this id.');
  const partition = partitionOf(roomId, services.partitions);

  // Taken before the first await: what happens while the caller is being checked is delivered too.
  const now = services.fanOut.position(partition);
  const from =
    typeof after === 'string'
      ? await openPosition(services, after)
      : { partition, position: now, epoch: services.epochs.epochOf({ partition, position: now }) };
  if (from.partition !== partition) throw positionGone('This room');
  // A server that lags behind the record may be asked for a position that it has not seen yet.
  if (from.position > now && from.position > (await services.fanOut.head(partition))) throw positionGone();

  // A read model that lags may not know yet that the caller has left, and then nothing would end the subscription: what
  // happened before `now` is told by the read model alone, what comes after it the fan-out sees by itself.
  await Promise.all([
    loaders.reading.ownWrites(),
    services.progress.reached({ partition, position: now }, AbortSignal.timeout(MEMBERSHIP_TIMEOUT_MS)),
  ]);
  if (!(await loaders.room(roomId))) throw notFound('There is no room with this id.');
  if (!(await loaders.isMember(roomId))) throw membersOnly();
  // Where the wait was in vain, the "yes" may be of before a leaving that this process has heard of.
  if (!(await services.memberships.isMember(roomId, viewer.userId))) throw membersOnly();
  return new RoomEventSource(services.fanOut, {
    roomId,
    partition,
    after: position(from.position),
    epoch: from.epoch,
    userId: viewer.userId,
  });
}
