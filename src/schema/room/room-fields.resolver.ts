import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Extensions, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import { partitionOf } from '../../engine/log/partitioning.js';
import type { ApiContext } from '../context.js';
import { membersOnly } from '../errors.js';
import { RoomHeat } from '../hot-room/heat.type.js';
import { HotRoom } from '../hot-room/hot-room.directive.js';
import { LEAVES_SLOT } from '../hot-room/personal-slots.js';
import { placed } from '../hot-room/placed.js';
import { messageCursors, readHistory } from '../message/history.js';
import { Message, MessageConnection } from '../message/message.type.js';
import { pageComplexity } from '../pagination/complexity.js';
import { connection } from '../pagination/connection.js';
import { pageSize, windowOf } from '../pagination/page-arguments.js';
import { selectsBelow } from '../selection.js';
import { UserConnection } from '../user/user-connection.type.js';
import { SAME_FOR_MEMBERS, VIEWER_DEPENDENT, requireViewer } from '../viewer.js';
import { memberCursors } from './cursors.js';
import { Occupancy } from './occupancy.type.js';
import type { OccupancySource } from './occupancy.type.js';
import type { RoomSource } from './payload-room.js';
import { Room } from './room.type.js';

const MEMBERS_PAGE = 50;
const MESSAGES_PAGE = 50;

/** The fields of a room that are not columns of its row. */
@Resolver(() => Room)
export class RoomFieldsResolver {
  @Extensions(SAME_FOR_MEMBERS)
  @FieldResolver(() => UserConnection, {
    complexity: pageComplexity(MEMBERS_PAGE),
    description: 'In the order in which they joined. Members only: FORBIDDEN to others.',
  })
  async members(
    @Root() room: RoomSource,
    @Arg('first', () => Int, { nullable: true, defaultValue: MEMBERS_PAGE, description: 'How many: 1 to 100.' })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The cursor to go on behind.' }) after: string | null,
    @Ctx() context: ApiContext,
  ): Promise<UserConnection> {
    const { userId: viewer } = requireViewer(context);
    const { services, loaders } = context;
    const cursors = memberCursors(services.cursorSigner, room.id);
    const query = {
      roomId: room.id,
      viewer,
      first: pageSize('first', first, MEMBERS_PAGE),
      after: cursors.open('after', after),
    };
    if (!(await loaders.isMember(room.id))) throw membersOnly();
    const partition = partitionOf(room.id, services.partitions);
    const atLeast = { partition, position: loaders.reading.floor(partition) };
    const page = await services.queries.members.page({ ...query, atLeast });
    if (!page) throw membersOnly();
    const { members, hasMore } = page;
    const users = await Promise.all(members.map(({ userId }) => loaders.user(userId)));
    const edges = members.map((member, index) => ({ cursor: cursors.sign(member), node: users[index]! }));
    return {
      ...connection(edges, { hasNextPage: hasMore, hasPreviousPage: query.after !== null }),
      totalCount: room.memberCount,
    };
  }

  @Extensions({ ...VIEWER_DEPENDENT, ...LEAVES_SLOT })
  @FieldResolver(() => Int, {
    nullable: true,
    description: 'The number of the last message that the caller has read; null where the caller is not a member.',
  })
  async myReadSeq(
    @Root() { id }: RoomSource,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: ApiContext,
  ): Promise<number | null> {
    if (context.slots) {
      context.slots.leave(info, { of: 'readSeq' });
      return null;
    }
    requireViewer(context);
    return (await context.loaders.seemsMember(id)) ? ((await context.loaders.unread(id))?.readSeq ?? null) : null;
  }

  @Extensions({ ...VIEWER_DEPENDENT, ...LEAVES_SLOT })
  @FieldResolver(() => Int, {
    nullable: true,
    description: 'The number of messages after it; null where the caller is not a member.',
  })
  async unreadCount(
    @Root() { id }: RoomSource,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: ApiContext,
  ): Promise<number | null> {
    if (context.slots) {
      context.slots.leave(info, { of: 'unreadCount' });
      return null;
    }
    requireViewer(context);
    return (await context.loaders.seemsMember(id)) ? ((await context.loaders.unread(id))?.unreadCount ?? null) : null;
  }

  @Extensions(SAME_FOR_MEMBERS)
  @FieldResolver(() => Message, {
    nullable: true,
    description: 'The newest message; null in an empty room, and where the caller is not a member.',
  })
  async lastMessage(
    @Root() { id }: RoomSource,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: ApiContext,
  ): Promise<Message | null> {
    requireViewer(context);
    if (!(await context.loaders.seemsMember(id))) return null;
    const { message, holds } = await context.loaders.lastMessage(
      id,
      selectsBelow(info, 'mine') && !context.sharedAmongMembers,
    );
    if (context.sharedAmongMembers) {
      context.sharedAmongMembers.held(holds);
      return message && placed(message);
    }
    return (await context.loaders.isStillMember(id, holds)) ? message : null;
  }

  @Extensions(SAME_FOR_MEMBERS)
  @FieldResolver(() => Occupancy, {
    nullable: true,
    description:
      'How many are connected, sampled every 2 s, and every 10 s above 10,000. Null where the caller is not a ' +
      'member, and where it is not known: the first question begins the sampling, which ends half a minute after ' +
      'the last one.',
  })
  async occupancy(@Root() { id }: RoomSource, @Ctx() context: ApiContext): Promise<OccupancySource | null> {
    requireViewer(context);
    if (!(await context.loaders.seemsMember(id))) return null;
    const connected = context.services.occupancy.of(id);
    return connected === null ? null : { roomId: id, connected };
  }

  @HotRoom({ away: ['first', 'after', 'before'] })
  @Extensions(SAME_FOR_MEMBERS)
  @FieldResolver(() => MessageConnection, {
    complexity: pageComplexity(MESSAGES_PAGE),
    description:
      'The history, ascending by `seq`. `first` counts from the start of what `after` and `before` ' +
      'leave, `last` from its end; with none of ' +
      ('the four, the newest 50. At most 100 at a time. Members only: FORBIDDEN to others. ' +
        'A hot room throttles this field.'),
  })
  async messages(
    @Root() { id }: RoomSource,
    @Arg('first', () => Int, {
      nullable: true,
      description: 'How many from the start: 1 to 100. Not together with `last`.',
    })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the message to begin behind.' })
    after: string | null,
    @Arg('last', () => Int, { nullable: true, description: 'How many from the end: 1 to 100.' }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: 'The cursor of the message to stop before.' })
    before: string | null,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: ApiContext,
  ): Promise<MessageConnection> {
    const { userId } = requireViewer(context);
    const cursors = messageCursors(context.services.cursorSigner, id);
    const window = windowOf(
      { first, last, after: cursors.open('after', after), before: cursors.open('before', before) },
      MESSAGES_PAGE,
    );
    if (!(await context.loaders.isMember(id))) throw membersOnly();
    // A page that is read for all members has no `mine`: each member's own reactions are looked up separately.
    const { shown, holds } = await readHistory(
      context,
      id,
      window,
      selectsBelow(info, 'mine') && !context.sharedAmongMembers ? userId : null,
    );
    if (context.sharedAmongMembers) {
      context.sharedAmongMembers.held(holds);
      return withPlaces(shown);
    }
    if (!(await context.loaders.isStillMember(id, holds))) throw membersOnly();
    return shown;
  }

  @FieldResolver(() => RoomHeat, {
    description: 'The rate of fetches now, and the interval that clients should keep.',
  })
  heat(@Root() { id }: RoomSource, @Ctx() { services }: ApiContext): RoomHeat {
    return services.heat.of(id);
  }
}

/** Marks every tally with its message. */
function withPlaces({ edges, ...rest }: MessageConnection): MessageConnection {
  const shown = edges.map(({ cursor, node }) => ({ cursor, node: placed(node) }));
  return { ...rest, edges: shown, nodes: shown.map(({ node }) => node) };
}
