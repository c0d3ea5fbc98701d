import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { overrideCleared, overrideSet } from '../../admin/room-heat.js';
import type { RoomId } from '../../events/ids.js';
import type { ApiContext } from '../context.js';
import { badUserInput, notFound } from '../errors.js';
import { parseRoomId } from '../ids.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { requireAdmin } from '../viewer.js';
import { AdminRoomInput, AdminSetRoomHeatInput } from './action.input.js';
import { AdminActionPayload } from './action.type.js';
import { ofRedis, payloadOf, performNow } from './perform.js';

const MAX_SECONDS = 604_800;

@Resolver()
export class AdminRoomMutations {
  @Mutation(() => AdminActionPayload, {
    complexity: COMMAND_COMPLEXITY,
    description:
      'Makes a room hot for a while, or keeps it from being hot, whatever the counts are. ' +
      'It takes effect within a second. For the role `admin` alone.',
  })
  async adminSetRoomHeat(
    @Arg('input', () => AdminSetRoomHeatInput, { description: 'The override.' })
    { commandId, roomId: asked, state, seconds }: AdminSetRoomHeatInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    requireAdmin(context);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS)
      throw badUserInput('seconds', `send 1 to ${MAX_SECONDS}.`);
    const roomId = await knownRoom(context, asked);
    const { heat } = context.services.console;
    const input = { state, seconds };
    const action = await performNow(
      context,
      { commandId, kind: 'SET_HEAT', target: roomId, input },
      // A second run after a crash has the end of the first.
      async ({ ageMs }) => {
        const until = await ofRedis(
          heat.view().then(async ({ nowMs }) => {
            const end = Math.round(nowMs + seconds * 1_000 - ageMs);
            await heat.set({ roomId, state, until: end });
            return new Date(end);
          }),
        );
        return { value: null, outcome: overrideSet(state, until) };
      },
    );
    return payloadOf({ rooms: 1 }, action);
  }

  @Mutation(() => AdminActionPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: 'Lets the counts decide the heat of a room again. For the role `admin` alone.',
  })
  async adminClearRoomHeat(
    @Arg('input', () => AdminRoomInput, { description: 'The room.' }) { commandId, roomId: asked }: AdminRoomInput,
    @Ctx() context: ApiContext,
  ): Promise<AdminActionPayload> {
    requireAdmin(context);
    const roomId = await knownRoom(context, asked);
    const { heat } = context.services.console;
    const set = await ofRedis(heat.list());
    const overrides = set.filter((each) => each.roomId === roomId).length;
    const action = await performNow(context, { commandId, kind: 'CLEAR_HEAT', target: roomId, input: {} }, async () => {
      const cleared = await ofRedis(heat.clear(roomId));
      return { value: null, outcome: overrideCleared(cleared) };
    });
    return payloadOf({ overrides }, action);
  }
}

/** @throws NOT_FOUND */
async function knownRoom({ loaders }: ApiContext, asked: string): Promise<RoomId> {
  const roomId = parseRoomId(asked);
  const room = roomId && (await loaders.room(roomId));
  if (!room) throw notFound('There is no room with this id.');
  return room.id;
}
