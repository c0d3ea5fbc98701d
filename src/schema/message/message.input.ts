import { Field, ID, InputType } from 'type-graphql';

@InputType('SendMessageInput', { description: 'A message to post.' })
export class SendMessageInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID that the client made: sent again, the message is posted once.',
  })
  commandId?: string | null;

  @Field(() => ID, { description: 'The room to post in.' })
  roomId!: string;

  @Field(() => String, { description: '1 to 4000 characters, at least one of them visible; kept exactly as sent.' })
  body!: string;
}
