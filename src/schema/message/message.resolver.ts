import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { ERASED_USER, userId } from '../../engine/domain/ids.js';
import { isEvent } from '../../events/event.js';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import { submitCommand } from '../command/submit.js';
import { WaitFor } from '../command/wait-for.js';
import type { ApiContext } from '../context.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { User } from '../user/user.type.js';
import { SendMessageInput } from './message.input.js';
import { Message, SendMessagePayload } from './message.type.js';
import { postedMessage } from './posted-message.js';

@Resolver(() => Message)
export class MessageResolver {
  @FieldResolver(() => User, { description: 'The author, also after leaving the room; a placeholder once `erased`.' })
  author(@Root() { authorId }: Message, @Ctx() { loaders }: ApiContext): Promise<User> {
    return loaders.user(userId(authorId));
  }

  @FieldResolver(() => Boolean, {
    description: "Whether its author's account was deleted: it keeps its place, and has lost body and author.",
  })
  erased(@Root() { authorId }: Message): boolean {
    return authorId === ERASED_USER;
  }

  @Mutation(() => SendMessagePayload, {
    complexity: COMMAND_COMPLEXITY,
    description: "Posts a message under the room's next number. Members only.",
  })
  async sendMessage(
    @Arg('input', () => SendMessageInput, { description: 'The message and its room.' })
    { commandId, roomId, body }: SendMessageInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<SendMessagePayload> {
    const { receipt, submission } = await submitCommand(context, {
      type: 'SendMessage',
      commandId,
      waitFor,
      data: () => ({ roomId, body }),
    });
    const events = submission.status === 'DECIDED' ? submission.events : [];
    for (const event of events) if (isEvent(event, 'MessagePosted')) return { receipt, message: postedMessage(event) };
    return { receipt, message: null };
  }
}
