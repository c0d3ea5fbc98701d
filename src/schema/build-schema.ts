// Imported first: the decorators below write their metadata through it.
import 'reflect-metadata';
import type { GraphQLArgument } from 'graphql';
import { GraphQLSchema, isInterfaceType, isObjectType, specifiedDirectives } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { authorsAtOnce } from './message/author-at-once.js';
import { hotRoomDirective, throttleHotRooms } from './hot-room/hot-room.directive.js';
import { ALL } from './generated/resolvers.js';
import { limitWrites } from './command/limit-writes.js';

/** type-graphql demands a PubSub wherever there are subscriptions; our subscriptions bring their own sources. */
const noPubSub = {
  publish(): never {
    throw new Error('events go through the log');
  },
  subscribe(): never {
    throw new Error('give the subscription its own `subscribe`');
  },
};

export function buildApiSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: ALL,
    // The commands' own schemas check the input.
    validate: false,
    pubSub: noPubSub,
    directives: [...specifiedDirectives, hotRoomDirective],
  });
  return limitWrites(throttleHotRooms(authorsAtOnce(inReadingOrder(schema))));
}

/**
 * Sorts the types for a reader: operations first, each followed by the types that it uses. Arguments stand in the order
 * of the source; decorators run in the opposite order.
 */
function inReadingOrder(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  for (const type of config.types) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const { args } of Object.values(type.getFields())) (args as GraphQLArgument[]).reverse();
  }
  const roots = [config.query, config.mutation, config.subscription].filter(
    (root) => root !== null && root !== undefined,
  );
  const implementing = config.types.filter((type) => isObjectType(type) && type.getInterfaces().length > 0);
  return new GraphQLSchema({ ...config, types: [...roots, ...implementing] });
}
