// Imported first: the decorators below write their metadata through it.
import 'reflect-metadata';
import type { GraphQLArgument } from 'graphql';
import { GraphQLSchema, isInterfaceType, isObjectType, specifiedDirectives } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
// In the order in which the fields of Query and Mutation are listed.
import { UserResolver } from './user/user.resolver.js';
import { AccountResolver } from './user/account.resolver.js';
import { CreateRoomPayloadResolver, RoomResolver } from './room/room.resolver.js';
import { RoomFieldsResolver } from './room/room-fields.resolver.js';
import { OccupancyResolver } from './room/occupancy.resolver.js';
import { MembershipResolver } from './membership/membership.resolver.js';
import { authorsAtOnce } from './message/author-at-once.js';
import { MessageResolver } from './message/message.resolver.js';
import { ReactionResolver } from './reaction/reaction.resolver.js';
import { RoomEventResolver } from './message/room-event.resolver.js';
import { CommandResolver } from './command/command.resolver.js';
import { hotRoomDirective, throttleHotRooms } from './hot-room/hot-room.directive.js';
import { GifticonCampaignResolver } from './gifticon/campaign.resolver.js';
import { CampaignProgressResolver } from './gifticon/campaign-progress.resolver.js';
import { GifticonRequestResolver } from './gifticon/request.resolver.js';
import { AdminResolver } from './admin/admin.resolver.js';
import { AdminRoomResolver, AdminRoomsResolver } from './admin/room.resolver.js';
import { AdminReadModelsResolver } from './admin/read-model.resolver.js';
import { AdminDeadLetterResolver, AdminDeadLettersResolver } from './admin/dead-letter.resolver.js';
import { AdminCampaignResolver, AdminCampaignsResolver } from './admin/campaign.resolver.js';
import { AdminProcessesResolver } from './admin/process.resolver.js';
import { AdminActionResolver, AdminActionsResolver } from './admin/action.resolver.js';
import { AdminReadModelMutations } from './admin/read-model.mutations.js';
import { AdminDeadLetterMutations } from './admin/dead-letter.mutations.js';
import { AdminRoomMutations } from './admin/room.mutations.js';
import { AdminCampaignMutations } from './admin/campaign.mutations.js';
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
    resolvers: [
      UserResolver,
      AccountResolver,
      RoomResolver,
      CreateRoomPayloadResolver,
      RoomFieldsResolver,
      OccupancyResolver,
      MembershipResolver,
      MessageResolver,
      ReactionResolver,
      RoomEventResolver,
      CommandResolver,
      GifticonCampaignResolver,
      GifticonRequestResolver,
      CampaignProgressResolver,
      AdminResolver,
      AdminRoomsResolver,
      AdminRoomResolver,
      AdminReadModelsResolver,
      AdminDeadLettersResolver,
      AdminDeadLetterResolver,
      AdminCampaignsResolver,
      AdminCampaignResolver,
      AdminProcessesResolver,
      AdminActionsResolver,
      AdminActionResolver,
      AdminReadModelMutations,
      AdminDeadLetterMutations,
      AdminRoomMutations,
      AdminCampaignMutations,
    ],
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
