import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Rejection as RejectionValue } from '../../engine/domain/receipt.js';
import type { RequestStatus } from '../../gifticon/gifticon-requests.js';
import { CommandPayload, Rejection } from '../command/command.type.js';
import { DateTimeScalar } from '../scalars/date-time.js';

type GifticonStatusValue = RequestStatus['status'];
const GifticonStatus = {
  QUEUED: 'QUEUED',
  ISSUED: 'ISSUED',
  SOLD_OUT: 'SOLD_OUT',
  REJECTED: 'REJECTED',
} as const satisfies { readonly [S in GifticonStatusValue]: S };
registerEnumType(GifticonStatus, {
  name: 'GifticonStatus',
  description: 'The status of a request. All but QUEUED are final.',
  valuesConfig: {
    QUEUED: { description: 'In the queue: it keeps its place, and will get its outcome.' },
    ISSUED: { description: 'The caller has a gifticon.' },
    SOLD_OUT: { description: 'Too late: others took the last one.' },
    REJECTED: { description: 'Refused for the reason given.' },
  },
});

@ObjectType('GifticonRequest', { description: "The caller's own request for a gifticon.", simpleResolvers: true })
export class GifticonRequest {
  @Field(() => ID, { description: 'The commandId of the request.' })
  id!: string;

  @Field(() => ID, { description: 'The campaign that it was made in.' })
  campaignId!: string;

  @Field(() => GifticonStatus, { description: 'Queued, or its outcome.' })
  status!: GifticonStatusValue;

  @Field(() => Int, { description: 'How many requests will be decided before this one; 0 once it has an outcome.' })
  ahead!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "An estimate of the seconds until its turn, from the issuer's present pace. Only while QUEUED; " +
      'null where the pace is not known.',
  })
  etaSeconds!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was issued; only where `status` is ISSUED.' })
  issuedAt!: Date | null;

  @Field(() => Rejection, {
    nullable: true,
    description: 'Only where `status` is REJECTED: CAMPAIGN_NOT_OPEN, CAMPAIGN_CLOSED, ALREADY_REQUESTED and others.',
  })
  rejection!: RejectionValue | null;

  @Field(() => ID, {
    nullable: true,
    description: "With ALREADY_REQUESTED: the caller's first request in this campaign, whose outcome counts.",
  })
  duplicateOf!: string | null;
}

@ObjectType('RequestGifticonPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `requestGifticon`.',
})
export class RequestGifticonPayload extends CommandPayload {
  @Field(() => GifticonRequest, { description: 'The request with its status.' })
  request!: GifticonRequest;
}
