import { Arg, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import type { ApiContext } from '../context.js';
import { clientCommandId } from '../command/submit.js';
import { pageComplexity } from '../pagination/complexity.js';
import { connection } from '../pagination/connection.js';
import { pageSize } from '../pagination/page-arguments.js';
import { User } from '../user/user.type.js';
import type { ActionSource } from './action-view.js';
import { actionView } from './action-view.js';
import { AdminAction, AdminActionConnection } from './action.type.js';
import { AdminQuery } from './admin.resolver.js';
import { numberCursors } from './cursors.js';
import { ADMIN_PAGE, After, First, cut } from './page.js';

@Resolver(() => AdminQuery)
export class AdminActionsResolver {
  @FieldResolver(() => AdminActionConnection, {
    complexity: pageComplexity(ADMIN_PAGE),
    description: 'What operators did, newest first, here and with the command-line tool.',
  })
  async actions(
    @Arg('target', () => String, { nullable: true, description: 'Only about this read model or room.' })
    target: string | null,
    @First() first: number | null,
    @After() after: string | null,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminActionConnection> {
    const cursors = numberCursors(services.cursorSigner, 'actions');
    const limit = pageSize('first', first, ADMIN_PAGE);
    const before = cursors.open('after', after);
    const { page, hasMore } = cut(await services.console.actions.list({ target, before, limit: limit + 1 }), limit);
    return connection(
      page.map((action) => ({ cursor: cursors.sign(action.id), node: actionView(action) })),
      { hasNextPage: hasMore, hasPreviousPage: before !== null },
    );
  }

  @FieldResolver(() => AdminAction, {
    nullable: true,
    description: 'One action, by the commandId of its mutation: ask for it until it has ended.',
  })
  async action(
    @Arg('commandId', () => ID, { description: 'The commandId.' }) commandId: string,
    @Ctx() { services }: ApiContext,
  ): Promise<AdminAction | null> {
    const action = await services.console.actions.find(clientCommandId(commandId));
    return action && actionView(action);
  }
}

@Resolver(() => AdminAction)
export class AdminActionResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description: 'The operator; null for the command-line tool. A placeholder once the account is deleted.',
  })
  by(@Root() { operatorId }: ActionSource, @Ctx() { loaders }: ApiContext): Promise<User> | null {
    return operatorId && loaders.user(operatorId);
  }
}
