// Written by the build from the files beside this folder: scripts/lists.mjs.
import 'reflect-metadata';
import { UserResolver } from '../user/user.resolver.js';
import { AccountResolver } from '../user/account.resolver.js';
import { RoomResolver, CreateRoomPayloadResolver } from '../room/room.resolver.js';
import { OccupancyResolver } from '../room/occupancy.resolver.js';
import { RoomFieldsResolver } from '../room/room-fields.resolver.js';
import { MembershipResolver } from '../membership/membership.resolver.js';
import { MessageResolver } from '../message/message.resolver.js';
import { RoomEventResolver } from '../message/room-event.resolver.js';
import { ReactionResolver } from '../reaction/reaction.resolver.js';
import { CommandResolver } from '../command/command.resolver.js';
import { CampaignProgressResolver } from '../gifticon/campaign-progress.resolver.js';
import { GifticonCampaignResolver } from '../gifticon/campaign.resolver.js';
import { GifticonRequestResolver } from '../gifticon/request.resolver.js';
import { AdminResolver } from '../admin/admin.resolver.js';
import { AdminRoomsResolver, AdminRoomResolver } from '../admin/room.resolver.js';
import { AdminReadModelsResolver } from '../admin/read-model.resolver.js';
import { AdminDeadLettersResolver, AdminDeadLetterResolver } from '../admin/dead-letter.resolver.js';
import { AdminCampaignsResolver, AdminCampaignResolver } from '../admin/campaign.resolver.js';
import { AdminProcessesResolver } from '../admin/process.resolver.js';
import { AdminActionsResolver, AdminActionResolver } from '../admin/action.resolver.js';
import { AdminReadModelMutations } from '../admin/read-model.mutations.js';
import { AdminDeadLetterMutations } from '../admin/dead-letter.mutations.js';
import { AdminRoomMutations } from '../admin/room.mutations.js';
import { AdminCampaignMutations } from '../admin/campaign.mutations.js';

export const ALL = [
  UserResolver,
  AccountResolver,
  RoomResolver,
  CreateRoomPayloadResolver,
  OccupancyResolver,
  RoomFieldsResolver,
  MembershipResolver,
  MessageResolver,
  RoomEventResolver,
  ReactionResolver,
  CommandResolver,
  CampaignProgressResolver,
  GifticonCampaignResolver,
  GifticonRequestResolver,
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
] as const;
