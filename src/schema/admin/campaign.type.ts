import { Field, ID, Int, ObjectType } from 'type-graphql';
import { CommandPayload } from '../command/command.type.js';
import { GifticonCampaign } from '../gifticon/campaign.type.js';
import { DateTimeScalar } from '../scalars/date-time.js';
import { connectionType } from './connection.type.js';

@ObjectType('AdminCampaign', { description: 'A campaign as an operator sees it.' })
export class AdminCampaign {
  @Field(() => ID, { description: 'The id of the campaign.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => Int, { description: 'How many of its codes are generated; the others were loaded.' })
  generated!: number;

  @Field(() => Int, {
    description: 'Its partition. While a campaign is paused, the requests behind its own in the partition wait, too.',
  })
  partition!: number;
}

@ObjectType('AdminHeldUpCampaign', { description: 'A campaign whose requests wait, too.', simpleResolvers: true })
export class AdminHeldUpCampaign {
  @Field(() => ID, { description: 'The id of the campaign.' })
  id!: string;

  @Field(() => String, { description: 'Its title.' })
  title!: string;
}

export const AdminCampaignConnection = connectionType(
  'AdminCampaign',
  () => AdminCampaign,
  'A page of campaigns, newest first.',
);
export type AdminCampaignConnection = InstanceType<typeof AdminCampaignConnection>;

@ObjectType('AdminCampaignPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to the actions on campaigns, which are commands of the domain.',
})
export class AdminCampaignPayload extends CommandPayload {
  @Field(() => GifticonCampaign, {
    nullable: true,
    description: 'The campaign as this server knows it by then; null where there is none.',
  })
  campaign!: GifticonCampaign | null;
}
