import { Ctx, Extensions, ObjectType, Query, Resolver } from 'type-graphql';
import type { ApiContext } from '../context.js';
import { VIEWER_DEPENDENT, isAdmin } from '../viewer.js';

/** Its fields are in the resolvers of their topics. The only way to one of them is `Query.admin`. */
@ObjectType('AdminQuery', { description: 'What an operator may see of the whole deployment.' })
export class AdminQuery {}

@Resolver()
export class AdminResolver {
  @Extensions(VIEWER_DEPENDENT)
  @Query(() => AdminQuery, { nullable: true, description: 'For the role `admin`; null to everyone else.' })
  admin(@Ctx() context: ApiContext): AdminQuery | null {
    return isAdmin(context) ? new AdminQuery() : null;
  }
}
