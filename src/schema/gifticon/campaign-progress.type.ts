import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { CampaignProgress as CampaignProgressValue } from '../../gifticon/gifticon-requests.js';
import { CampaignState } from './campaign.type.js';

@ObjectType('CampaignProgress', {
  simpleResolvers: true,
  description:
    'How far the requests of a campaign are decided. A queued request has `number - served - 1` requests of its ' +
    'campaign before it.',
})
export class CampaignProgress implements CampaignProgressValue {
  @Field(() => Int, { description: 'Requests of the campaign that have their outcome.' })
  served!: number;

  @Field(() => Int, { description: 'How many codes have been issued.' })
  issued!: number;

  @Field(() => Int, { description: 'How many codes the campaign has, those that are gone included.' })
  stock!: number;

  @Field(() => Int, { description: 'Requests that were accepted and have no outcome yet.' })
  queued!: number;

  @Field(() => Float, {
    description: 'How many requests a second the issuer decides right now, as measured; 0 when idle.',
  })
  ratePerSecond!: number;

  @Field(() => CampaignState, { description: 'Whether the campaign takes requests.' })
  state!: CampaignProgressValue['state'];
}
