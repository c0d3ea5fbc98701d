import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { CommandStage } from '../../engine/gateway/command-gateway.js';
import { submitCommand } from '../command/submit.js';
import { WaitFor } from '../command/wait-for.js';
import type { ApiContext } from '../context.js';
import { COMMAND_COMPLEXITY } from '../pagination/complexity.js';
import { DeleteAccountInput, DeleteAccountPayload } from './account.type.js';

@Resolver()
export class AccountResolver {
  @Mutation(() => DeleteAccountPayload, {
    complexity: COMMAND_COMPLEXITY,
    description:
      "Deletes the caller's own account, for good. Their messages keep their place and lose body " +
      'and author, their reactions go, they leave ' +
      ('every room, and the handle becomes free after a time. Rooms follow within seconds. ' +
        "Afterwards the caller's tokens are refused with UNAUTHENTICATED."),
  })
  async deleteAccount(
    @Arg('input', () => DeleteAccountInput, { description: 'An id for the command, and nothing else.' })
    { commandId }: DeleteAccountInput,
    @WaitFor() waitFor: CommandStage | null,
    @Ctx() context: ApiContext,
  ): Promise<DeleteAccountPayload> {
    const { receipt } = await submitCommand(context, {
      type: 'DeleteAccount',
      commandId,
      waitFor,
      data: (userId) => ({ userId }),
    });
    return { receipt };
  }
}
