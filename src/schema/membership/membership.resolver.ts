import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import { submitCommand } from '../command/submit.js';
import { WaitFor } from '../command/wait-for.js';
import type { ApiContext } from '../context.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import type { RoomSource } from '../room/payload-room.js';
import { payloadRoom } from '../room/payload-room.js';
import type { RoomOfPayload } from '../room/payload-room.js';
import { Room } from '../room/room.type.js';
import { JoinRoomInput, LeaveRoomInput, MarkReadInput } from './membership.input.js';
import { JoinRoomPayload, LeaveRoomPayload, MarkReadPayload } from './membership.type.js';

@Resolver(() => JoinRoomPayload)
export class MembershipResolver {
  @FieldResolver(() => Room, {
    nullable: true,
    description: 'The room with the caller as a member; null while undecided and when rejected.',
  })
  room(@Root() payload: RoomOfPayload, @Ctx() context: ApiContext): Promise<RoomSource | null> {
    return payloadRoom(payload, context);
  }

  @Mutation(() => JoinRoomPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: 'Makes the caller a member, also again after leaving.',
  })
  async joinRoom(
    @Arg('input', () => JoinRoomInput, { description: 'The room.' }) { commandId, roomId }: JoinRoomInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<RoomOfPayload> {
    return submitCommand(context, { type: 'JoinRoom', commandId, waitFor, data: () => ({ roomId }) });
  }

  @Mutation(() => LeaveRoomPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: "Ends the caller's membership. What the caller wrote stays.",
  })
  async leaveRoom(
    @Arg('input', () => LeaveRoomInput, { description: 'The room.' }) { commandId, roomId }: LeaveRoomInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<LeaveRoomPayload> {
    const { receipt } = await submitCommand(context, {
      type: 'LeaveRoom',
      commandId,
      waitFor,
      data: () => ({ roomId }),
    });
    return { receipt };
  }

  @Mutation(() => MarkReadPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: "Moves the caller's read mark forward. Members only.",
  })
  async markRead(
    @Arg('input', () => MarkReadInput, { description: 'The room and the read mark.' })
    { commandId, roomId, seq }: MarkReadInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<MarkReadPayload> {
    const { receipt } = await submitCommand(context, {
      type: 'MarkRead',
      commandId,
      waitFor,
      data: () => ({ roomId, seq }),
    });
    return { receipt };
  }
}
