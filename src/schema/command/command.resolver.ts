import { Arg, Ctx, Extensions, ID, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { SubscribeResolverData } from 'type-graphql';
import type { Receipt } from '../../engine/domain/receipt.js';
import type { ApiContext } from '../context.js';
import { VIEWER_DEPENDENT, requireViewer } from '../viewer.js';
import { CommandReceipt } from './command.type.js';
import { receiptOf } from './receipt.js';
import { settledReceipt } from './settled-receipt.js';
import { clientCommandId } from './submit.js';

@Resolver()
export class CommandResolver {
  @Extensions(VIEWER_DEPENDENT)
  @Query(() => CommandReceipt, {
    nullable: true,
    description:
      "The outcome of one of the caller's own commands. Null: none is known under this id, " +
      "it is undecided, or it is another user's.",
  })
  async command(
    @Arg('id', () => ID, { description: 'The commandId.' }) id: string,
    @Ctx() context: ApiContext,
  ): Promise<CommandReceipt | null> {
    const { userId } = requireViewer(context);
    const receipt = await context.services.commands.receipt(clientCommandId(id, 'id'), userId);
    return receipt && receiptOf(context.services.cursorSigner, receipt);
  }

  @Extensions(VIEWER_DEPENDENT)
  @Subscription(() => CommandReceipt, {
    subscribe: ({ args, context }: SubscribeResolverData<undefined, { readonly commandId: string }, ApiContext>) => {
      const { userId } = requireViewer(context);
      const commandId = clientCommandId(args.commandId);
      return settledReceipt((signal) => context.services.commands.settled(commandId, userId, signal), context.signal);
    },
    description:
      "The receipt of one of the caller's own commands, as soon as it is decided, " +
      'and then complete. It may be asked for before the command ' +
      'is sent; for an id that never comes it waits as long as the client does.',
  })
  commandSettled(
    @Arg('commandId', () => ID, { description: "A commandId of the caller's." }) _commandId: string,
    @Root() receipt: Receipt,
    @Ctx() context: ApiContext,
  ): CommandReceipt {
    return receiptOf(context.services.cursorSigner, receipt);
  }
}
