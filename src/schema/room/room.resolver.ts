import { Arg, Ctx, Extensions, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { derivedId } from '../../engine/domain/command-id.js';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import { submitCommand } from '../command/submit.js';
import { WaitFor } from '../command/wait-for.js';
import type { ApiContext } from '../context.js';
import { parseRoomId } from '../ids.js';
import { COMMAND_COMPLEXITY, pageComplexity } from '../pagination/complexity.js';
import { connection } from '../pagination/connection.js';
import { pageSize } from '../pagination/page-arguments.js';
import { PositionScalar } from '../scalars/position.js';
import { SAME_FOR_MEMBERS, VIEWER_DEPENDENT, requireViewer } from '../viewer.js';
import { roomCursors } from './cursors.js';
import type { RoomOfPayload, RoomSource } from './payload-room.js';
import { payloadRoom } from './payload-room.js';
import { CreateRoomInput } from './room.input.js';
import { CreateRoomPayload, Room, RoomConnection } from './room.type.js';

const ROOMS_PAGE = 20;

@Resolver()
export class RoomResolver {
  @Extensions(SAME_FOR_MEMBERS)
  @Query(() => Room, { nullable: true, description: 'One room; null where there is none with this id.' })
  async room(
    @Arg('id', () => ID, { description: 'The room.' }) id: string,
    @Arg('atLeast', () => PositionScalar, {
      nullable: true,
      description:
        'A `position` that the answer must reflect, from a receipt or an event of any server: ' +
        'waits for it up to a time limit. UNAVAILABLE where ' +
        'it takes too long, POSITION_GONE where there is no such position.',
    })
    atLeast: string | null,
    @Ctx() context: ApiContext,
  ): Promise<RoomSource | null> {
    requireViewer(context);
    const { reading } = context.loaders;
    await Promise.all([reading.ownWrites(), typeof atLeast === 'string' ? reading.atLeast(atLeast) : undefined]);
    const roomId = parseRoomId(id);
    return roomId && context.loaders.visited(roomId);
  }

  @Extensions(VIEWER_DEPENDENT)
  @Query(() => RoomConnection, { complexity: pageComplexity(ROOMS_PAGE), description: 'Rooms, newest first.' })
  async rooms(
    @Arg('first', () => Int, { nullable: true, defaultValue: ROOMS_PAGE, description: 'How many: 1 to 100.' })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The cursor to go on behind.' }) after: string | null,
    @Arg('mine', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Only rooms that the caller is a member of.',
    })
    mine: boolean | null,
    @Ctx() context: ApiContext,
  ): Promise<RoomConnection> {
    const { userId } = requireViewer(context);
    const cursors = roomCursors(context.services.cursorSigner);
    const query = {
      first: pageSize('first', first, ROOMS_PAGE),
      after: cursors.open('after', after),
      member: mine === true ? userId : null,
    };
    await context.loaders.reading.ownWrites();
    const { reading } = context.loaders;
    const atLeast = Array.from({ length: context.services.partitions }, (_, partition) => ({
      partition,
      position: reading.floor(partition),
    }));
    const { rooms, hasMore } = await context.services.queries.rooms.page({ ...query, atLeast });
    return connection(
      rooms.map((node) => ({ cursor: cursors.sign(node), node })),
      { hasNextPage: hasMore, hasPreviousPage: query.after !== null },
    );
  }

  @Mutation(() => CreateRoomPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: 'Opens a room with the caller as its first member.',
  })
  async createRoom(
    @Arg('input', () => CreateRoomInput, { description: 'The new room.' }) { commandId, title }: CreateRoomInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<RoomOfPayload> {
    return submitCommand(context, {
      type: 'CreateRoom',
      commandId,
      waitFor,
      data: (userId, id) => ({ roomId: derivedId('room', userId, id), title }),
    });
  }
}

@Resolver(() => CreateRoomPayload)
export class CreateRoomPayloadResolver {
  @FieldResolver(() => Room, { nullable: true, description: 'The room; null while undecided and when rejected.' })
  room(@Root() payload: RoomOfPayload, @Ctx() context: ApiContext): Promise<RoomSource | null> {
    return payloadRoom(payload, context);
  }
}
