import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Extensions, FieldResolver, Info, Mutation, Resolver, Root } from 'type-graphql';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import type { ApiContext } from '../context.js';
import { submitCommand } from '../command/submit.js';
import { WaitFor } from '../command/wait-for.js';
import { LEAVES_SLOT } from '../hot-room/personal-slots.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { VIEWER_DEPENDENT, requireViewer } from '../viewer.js';
import { ReactionInput } from './reaction.input.js';
import type { ShownTally } from './reaction.type.js';
import { ReactionCount, ReactionPayload } from './reaction.type.js';

@Resolver(() => ReactionCount)
export class ReactionResolver {
  @Extensions({ ...VIEWER_DEPENDENT, ...LEAVES_SLOT })
  @FieldResolver(() => Boolean, { description: 'Whether the caller is among them.' })
  mine(
    @Root() { mine, emoji, on }: ShownTally,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: ApiContext,
  ): boolean | Promise<boolean> {
    if (context.slots) {
      if (!on) throw new Error('the reactions were read for one member, but the answer is for all members');
      context.slots.leave(info, { of: 'mine', seq: on.seq, emoji });
      return false;
    }
    requireViewer(context);
    if (mine !== undefined) return mine;
    if (!on) throw new Error('the reactions were read without a viewer, though `mine` is selected');
    return context.loaders.mine({ ...on, emoji });
  }

  @Mutation(() => ReactionPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: "Puts an emoji of the caller's on a message. Members only.",
  })
  addReaction(
    @Arg('input', () => ReactionInput, { description: 'The emoji and its message.' }) input: ReactionInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<ReactionPayload> {
    return react('AddReaction', input, waitFor, context);
  }

  @Mutation(() => ReactionPayload, {
    complexity: COMMAND_COMPLEXITY,
    description: "Takes an emoji of the caller's off a message. Members only.",
  })
  removeReaction(
    @Arg('input', () => ReactionInput, { description: 'The emoji and its message.' }) input: ReactionInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<ReactionPayload> {
    return react('RemoveReaction', input, waitFor, context);
  }
}

async function react(
  type: 'AddReaction' | 'RemoveReaction',
  { commandId, roomId, messageId, emoji }: ReactionInput,
  waitFor: CommandStage | null,
  context: ApiContext,
): Promise<ReactionPayload> {
  const { receipt } = await submitCommand(context, {
    type,
    commandId,
    waitFor,
    data: () => ({ roomId, messageId, emoji }),
  });
  return { receipt };
}
