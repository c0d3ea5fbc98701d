import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { defaultFieldResolver, isObjectType } from 'graphql';
import { userId } from '../../engine/domain/ids.js';
import type { ApiContext } from '../context.js';

/**
 * Gives a remembered author synchronously. type-graphql makes a promise of every resolver's result, and then each
 * message of a page is completed by itself, later.
 */
export function authorsAtOnce(schema: GraphQLSchema): GraphQLSchema {
  const message = schema.getType('Message');
  const field = isObjectType(message) ? message.getFields().author : undefined;
  if (!field) throw new Error('messages have no author');
  const resolve: GraphQLFieldResolver<unknown, ApiContext> = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context: ApiContext, info) =>
    context.services.queries.users.remembered(userId((source as { readonly authorId: string }).authorId)) ??
    resolve(source, args, context, info);
  return schema;
}
