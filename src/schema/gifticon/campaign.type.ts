import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { CampaignStatus } from '../../gifticon/gifticon-requests.js';
import { CommandPayload } from '../command/command.type.js';
import { DateTimeScalar } from '../scalars/date-time.js';

type CampaignStateValue = CampaignStatus['state'];
export const CampaignState = {
  SCHEDULED: 'SCHEDULED',
  OPEN: 'OPEN',
  SOLD_OUT: 'SOLD_OUT',
  CLOSED: 'CLOSED',
} as const satisfies { readonly [S in CampaignStateValue]: S };
registerEnumType(CampaignState, {
  name: 'CampaignState',
  description: 'Whether a campaign takes requests.',
  valuesConfig: {
    SCHEDULED: { description: 'Not yet: it opens later, or has no codes so far.' },
    OPEN: { description: 'Requests are taken.' },
    SOLD_OUT: { description: 'Every code has been issued. Final.' },
    CLOSED: { description: 'Its time is over. Requests that were taken before still get their outcome.' },
  },
});

@ObjectType('GifticonCampaign', {
  description: 'A number of codes, given out in the order of the requests, one to a user.',
  simpleResolvers: true,
})
export class GifticonCampaign {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string;

  @Field(() => String, { description: 'One line, as its creator wrote it.' })
  title!: string;

  @Field(() => Int, {
    description: 'How many codes it has, those that are gone included. Grows when codes are loaded.',
  })
  stock!: number;

  @Field(() => Int, { description: 'How many of them have been issued; never more than `stock`.' })
  issued!: number;

  @Field(() => Int, { description: 'Requests that were accepted and have no outcome yet.' })
  queued!: number;

  @Field(() => CampaignState, { description: 'Whether it takes requests.' })
  state!: CampaignStateValue;

  @Field(() => DateTimeScalar, { description: 'The time at which the campaign opens.' })
  opensAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The time at which the campaign closes; null where only the stock ends it.',
  })
  closesAt!: Date | null;

  @Field(() => Float, {
    description: 'How many requests a second the issuer decides right now, as measured; 0 when idle.',
  })
  drainRatePerSecond!: number;

  @Field(() => Boolean, {
    description: 'Whether an operator holds the issuing: requests are taken and wait, in their order.',
  })
  paused!: boolean;
}

@ObjectType('CreateGifticonCampaignPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `createGifticonCampaign`.',
})
export class CreateGifticonCampaignPayload extends CommandPayload {
  @Field(() => GifticonCampaign, {
    nullable: true,
    description:
      'The campaign as it was created, before anyone could ask for anything; null while undecided and when rejected.',
  })
  campaign!: GifticonCampaign | null;
}
