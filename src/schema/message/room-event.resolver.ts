import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root, Subscription } from 'type-graphql';
import type { SubscribeResolverData } from 'type-graphql';
import type { RecordedEvent } from '../../events/event.js';
import { userId } from '../../engine/domain/ids.js';
import type { RoomUpdate } from '../../engine/fan-out/notice.js';
import type { ApiContext } from '../context.js';
import { PositionScalar } from '../scalars/position.js';
import { User } from '../user/user.type.js';
import { openRoomEvents } from './open-room-events.js';
import type { RoomEventsArguments } from './open-room-events.js';
import { RoomEventKind } from './room-event-kind.type.js';
import type { RoomEventKindValue } from './room-event-kind.type.js';
import { roomEventView } from './room-event.js';
import type { RoomEventView } from './room-event.js';
import { MemberJoined } from '../membership/membership.event.js';
import { RoomEvent, RoomEventBatch } from './room-event.type.js';
import './room-notice.type.js';

/** The window of a batch, where none is asked for. */
const BATCH_MS = 250;

@Resolver(() => MemberJoined)
export class RoomEventResolver {
  @FieldResolver(() => User, { description: 'The new member.' })
  user(@Root() event: MemberJoined, @Ctx() { loaders }: ApiContext): Promise<User> {
    return loaders.user(userId(event.userId));
  }

  @Subscription(() => RoomEvent, {
    subscribe: ({ args, context }: SubscribeResolverData<undefined, RoomEventsArguments, ApiContext>) =>
      openRoomEvents(args, context),
    description:
      'The events of a room, in the order that everyone sees. Members only; ' +
      'it completes when the caller leaves. With `after`: first every ' +
      ('event behind that position, then the live ones, none missing and none twice, on any server; ' +
        'POSITION_GONE where that cannot be. ') +
      ('Without it: live from now. A client that reads too slowly is ended with SUBSCRIPTION_LAGGED, ' +
        'and goes on from the position given.'),
  })
  roomEvents(
    @Arg('roomId', () => ID, { description: 'The room.' }) _roomId: string,
    @Arg('after', () => PositionScalar, {
      nullable: true,
      description: 'The `position` of the last event that the client has.',
    })
    _after: string | null,
    @Arg('kinds', () => [RoomEventKind], {
      nullable: true,
      description: 'The kinds of events to get. Default: all that are stored, and `RoomHeatChanged`.',
    })
    _kinds: readonly RoomEventKindValue[] | null,
    @Arg('summarise', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description:
        "In a room of more than 200 members: instead of single joins, leaves and reactions, except the caller's own, " +
        '`MembersChanged` and `ReactionsChanged` once a second.',
    })
    _summarise: boolean | null,
    @Root() update: RoomUpdate,
    @Ctx() { services }: ApiContext,
  ): RoomEventView {
    return shownView(update, services);
  }

  @Subscription(() => RoomEventBatch, {
    subscribe: ({ args, context }: SubscribeResolverData<undefined, RoomEventsArguments, ApiContext>) =>
      openRoomEvents({ ...args, batchMs: args.batchMs ?? BATCH_MS }, context),
    description:
      'The same as `roomEvents`, several events at a time, at most 200: for rooms in which much goes on, and clients ' +
      'that show it together. Nothing is left out, and the first event of a quiet room comes at once.',
  })
  roomEventBatches(
    @Arg('roomId', () => ID, { description: 'The room.' }) _roomId: string,
    @Arg('after', () => PositionScalar, {
      nullable: true,
      description: 'The `position` of the last batch that the client has, or of an event.',
    })
    _after: string | null,
    @Arg('kinds', () => [RoomEventKind], { nullable: true, description: 'As in `roomEvents`.' })
    _kinds: readonly RoomEventKindValue[] | null,
    @Arg('summarise', () => Boolean, { nullable: true, defaultValue: false, description: 'As in `roomEvents`.' })
    _summarise: boolean | null,
    @Arg('batchMs', () => Int, {
      nullable: true,
      defaultValue: BATCH_MS,
      description: 'Milliseconds from one batch to the next: 50 to 10000.',
    })
    _batchMs: number | null,
    @Root() { updates }: { readonly updates: readonly RoomUpdate[] },
    @Ctx() { services }: ApiContext,
  ): RoomEventBatch {
    const events = updates.map((update) => shownView(update, services));
    return { position: events.at(-1)!.position, events };
  }
}

function shownView(update: RoomUpdate, services: ApiContext['services']): RoomEventView {
  const view = roomEventView(update, services);
  if (!view)
    throw new Error(`${(update as RecordedEvent).event.type} is not shown to subscribers and must not get here`);
  return view;
}
