import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import type { HeatOfRoom } from '../../admin/room-heat.js';
import { heatOfRooms, hottestRooms } from '../../admin/room-heat.js';
import { partitionOfRoom, readRoomLog } from '../../admin/room-log.js';
import type { Position } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import type { Room } from '../../projections/room/rooms/query.js';
import type { ApiContext } from '../context.js';
import { badUserInput, positionGone } from '../errors.js';
import { parseRoomId } from '../ids.js';
import { BODY_COMPLEXITY, pageComplexity } from '../pagination/complexity.js';
import { connection } from '../pagination/connection.js';
import { pageSize } from '../pagination/page-arguments.js';
import { openPosition } from '../reading.js';
import { roomCursors } from '../room/cursors.js';
import { PositionScalar } from '../scalars/position.js';
import { User } from '../user/user.type.js';
import { AdminQuery } from './admin.resolver.js';
import { ADMIN_PAGE, After, First, cut } from './page.js';
import { AdminHottestRooms, AdminRoom, AdminRoomConnection, AdminRoomHeat, AdminRoomLog } from './room.type.js';

const LOG_PAGE = 50;
const MAX_SEARCH = 200;
/** A search reads titles until the page is full. */
const SEARCH_COMPLEXITY = 100;

/** One view of the store of heat for all rooms of an operation. Null while the store is away. */
type Heats = (roomId: RoomId) => HeatOfRoom | null;
const heats = new WeakMap<ApiContext, Promise<Heats>>();

function heatsOf(context: ApiContext): Promise<Heats> {
  const known = heats.get(context) ?? heatOfRooms(context.services.console.heat).catch(() => () => null);
  heats.set(context, known);
  return known;
}

@Resolver(() => AdminQuery)
export class AdminRoomsResolver {
  @FieldResolver(() => AdminRoomConnection, {
    complexity: (of) => SEARCH_COMPLEXITY + pageComplexity(ADMIN_PAGE)(of)!,
    description: 'All rooms, newest first.',
  })
  async rooms(
    @Arg('title', () => String, { nullable: true, description: 'Only rooms with this text in their titles.' })
    title: string | null,
    @First() first: number | null,
    @After() after: string | null,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminRoomConnection> {
    const cursors = roomCursors(services.cursorSigner);
    const text = (title ?? '').trim();
    if (text.length > MAX_SEARCH) throw badUserInput('title', `send at most ${MAX_SEARCH} characters.`);
    const query = {
      first: pageSize('first', first, ADMIN_PAGE),
      after: cursors.open('after', after),
      member: null,
      ...(text === '' ? {} : { title: text }),
    };
    const { rooms, hasMore } = await services.queries.rooms.page(query);
    return connection(
      rooms.map((node) => ({ cursor: cursors.sign(node), node })),
      { hasNextPage: hasMore, hasPreviousPage: query.after !== null },
    );
  }

  @FieldResolver(() => AdminRoom, { nullable: true, description: 'One room; null where there is none with this id.' })
  async room(
    @Arg('id', () => ID, { description: 'The room.' }) id: string,
    @Ctx() { loaders }: ApiContext,
  ): Promise<AdminRoom | null> {
    const roomId = parseRoomId(id);
    return roomId && loaders.room(roomId);
  }

  @FieldResolver(() => AdminHottestRooms, {
    nullable: true,
    complexity: ({ childComplexity }) => 1 + ADMIN_PAGE * childComplexity,
    description: 'The 20 rooms with the most fetches now; null while Redis is away.',
  })
  async hottestRooms(@Ctx() { services }: ApiContext): Promise<AdminHottestRooms | null> {
    const { console, queries } = services;
    const hottest = await hottestRooms(console.heat, queries.rooms, ADMIN_PAGE).catch(() => null);
    if (!hottest) return null;
    const rooms = await queries.rooms.byIds(hottest.rooms.map(({ roomId }) => roomId));
    return { isDecided: hottest.isDecided, rooms: rooms.filter((room) => room !== null) };
  }
}

@Resolver(() => AdminRoom)
export class AdminRoomResolver {
  @FieldResolver(() => User, { description: 'Its creator.' })
  createdBy(@Root() room: Room, @Ctx() { loaders }: ApiContext): Promise<User> {
    return loaders.user(room.createdBy);
  }

  @FieldResolver(() => AdminRoomHeat, { nullable: true, description: 'Its heat; null while Redis is away.' })
  async heat(@Root() room: Room, @Ctx() context: ApiContext): Promise<AdminRoomHeat | null> {
    const heat = (await heatsOf(context))(room.id);
    return heat && { ...heat, by: heat.by === 'override' ? 'OVERRIDE' : 'COUNTS' };
  }

  @FieldResolver(() => AdminRoomLog, {
    complexity: (of) => pageComplexity(LOG_PAGE)({ ...of, childComplexity: of.childComplexity + BODY_COMPLEXITY }),
    description:
      'The events of the room, newest first; with `after` the next ones, oldest first. ' +
      'It shows messages to operators who are not members.',
  })
  async log(
    @Root() { id }: Room,
    @Arg('first', () => Int, { nullable: true, defaultValue: LOG_PAGE, description: 'How many: 1 to 100.' })
    first: number | null,
    @Arg('after', () => PositionScalar, { nullable: true, description: 'Only the events after it: to follow the log.' })
    after: string | null,
    @Arg('before', () => PositionScalar, { nullable: true, description: 'Only the events before it: to go back.' })
    before: string | null,
    @Ctx() context: ApiContext,
  ): Promise<AdminRoomLog> {
    const { services } = context;
    if (after && before) throw badUserInput('before', 'leave out either `after` or `before`.');
    const access = {
      events: services.console.store,
      partitions: services.partitions,
      isDeleted: services.queries.users.isDeleted,
    };
    const opened = async (text: string | null): Promise<Position | null> => {
      if (!text) return null;
      const at = await openPosition(services, text);
      if (at.partition !== partitionOfRoom(access, id)) throw positionGone('This room');
      return at.position;
    };
    const limit = pageSize('first', first, LOG_PAGE);
    const query = { limit: limit + 1, after: await opened(after), before: await opened(before) };
    const { page, hasMore } = cut(await readRoomLog(access, id, query), limit);
    return {
      entries: page.map(({ data, ...entry }) => ({
        ...entry,
        position: services.cursorSigner.position(entry),
        data: JSON.stringify(data),
      })),
      hasMore,
    };
  }
}
