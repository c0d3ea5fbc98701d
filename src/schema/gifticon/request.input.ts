import { Field, ID, InputType } from 'type-graphql';

@InputType('RequestGifticonInput', { description: 'A request for a gifticon.' })
export class RequestGifticonInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID that the client made, and the id of the request: sent again, it asks once.',
  })
  commandId?: string | null;

  @Field(() => ID, { description: 'The campaign to ask in.' })
  campaignId!: string;
}
