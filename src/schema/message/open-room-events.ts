import type { Epoch, Partition, Position, UserId } from '../../engine/domain/ids.js';
import { position } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { partitionOf } from '../../engine/log/partitioning.js';
import type { ApiContext } from '../context.js';
import { badUserInput, membersOnly, notFound, positionGone } from '../errors.js';
import { parseRoomId } from '../ids.js';
import type { EventFilter } from './event-filter.js';
import type { RoomEventKindValue } from './room-event-kind.type.js';
import { openPosition } from '../reading.js';
import { requireViewer } from '../viewer.js';

/** After this time a lagging read model's "yes" is taken: a projector that is down keeps no member out. */
const MEMBERSHIP_TIMEOUT_MS = 500;

export interface RoomEventPlace {
  readonly roomId: RoomId;
  readonly partition: Partition;
  readonly after: Position;
  /** Of `after`: the caller is checked before the subscription begins. */
  readonly epoch: Epoch;
  readonly userId: UserId;
  readonly filter: EventFilter;
  /** The window of `roomEventBatches`, in milliseconds; null for `roomEvents`. */
  readonly batchMs: number | null;
}

/**
 * The result of `roomEvents` and `roomEventBatches`: the place where the subscription begins. GraphQL wants an
 * iterable, and nobody iterates this one: the transport takes the place, and the fan-out writes to its sink, once for
 * all who asked the same. `followKey` of the engine gives the events of one key to an iteration.
 */
export class RoomEventSource implements AsyncIterable<never> {
  constructor(readonly place: RoomEventPlace) {}

  [Symbol.asyncIterator](): never {
    throw new Error('the events of a room are written to a sink: give the context of the subscription one');
  }
}

export interface RoomEventsArguments {
  readonly roomId: string;
  readonly after?: string | null;
  readonly kinds?: readonly RoomEventKindValue[] | null;
  readonly summarise?: boolean | null;
  readonly batchMs?: number | null;
}

/** The shortest and the longest window of `roomEventBatches`. */
const [MIN_BATCH_MS, MAX_BATCH_MS] = [50, 10_000];

/** @throws BAD_USER_INPUT */
function batchWindow(asked: number | null | undefined): number | null {
  if (asked === undefined || asked === null) return null;
  if (asked >= MIN_BATCH_MS && asked <= MAX_BATCH_MS) return asked;
  throw badUserInput('batchMs', `\`batchMs\` is ${MIN_BATCH_MS} to ${MAX_BATCH_MS}.`);
}

/**
 * Checks the caller and the arguments, and finds the position to begin at.
 * @throws UNAUTHENTICATED, NOT_FOUND, FORBIDDEN, POSITION_GONE, UNAVAILABLE
 */
export async function openRoomEvents(
  { roomId: asked, after, kinds, summarise, batchMs: window }: RoomEventsArguments,
  context: ApiContext,
): Promise<RoomEventSource> {
  const { services, loaders } = context;
  const viewer = requireViewer(context);
  const batchMs = batchWindow(window);
  const roomId = parseRoomId(asked);
  if (!roomId) throw notFound('There is no room with this id.');
  const partition = partitionOf(roomId, services.partitions);

  // Taken before the first await, so that events during the check of the caller are delivered too.
  const now = services.fanOut.position(partition);
  const from =
    typeof after === 'string'
      ? await openPosition(services, after)
      : { partition, position: now, epoch: services.epochs.epochOf({ partition, position: now }) };
  if (from.partition !== partition) throw positionGone('This room');
  // This server may lag behind the record, and not have seen the position yet.
  if (from.position > now && from.position > (await services.fanOut.head(partition))) throw positionGone();

  // A lagging read model may not know yet that the caller has left, and then nothing would end the subscription: only
  // the read model knows of events before `now`; the fan-out sees the events after it by itself.
  await Promise.all([
    loaders.reading.ownWrites(),
    services.progress.reached({ partition, position: now }, AbortSignal.timeout(MEMBERSHIP_TIMEOUT_MS)),
  ]);
  // One statement for all who ask in the same moment: after a restart, all subscribers come back at once.
  if (!(await services.memberships.isMember(roomId, viewer.userId))) {
    // A "no" is found anew, once the read models hold everything that was decided before the question.
    if (!(await loaders.room(roomId))) throw notFound('There is no room with this id.');
    if (!(await loaders.isMember(roomId))) throw membersOnly();
    // After a wait that timed out, the "yes" may be older than a leaving that this process has seen.
    if (!(await services.memberships.isMember(roomId, viewer.userId))) throw membersOnly();
  }
  return new RoomEventSource({
    roomId,
    partition,
    after: position(from.position),
    epoch: from.epoch,
    userId: viewer.userId,
    filter: { kinds: kinds ? new Set(kinds) : null, summarise: summarise === true },
    batchMs,
  });
}
