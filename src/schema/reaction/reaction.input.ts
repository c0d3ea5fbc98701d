import { Field, ID, InputType } from 'type-graphql';

@InputType('ReactionInput', { description: "A reaction of the caller's to put on a message or to take off." })
export class ReactionInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID that the client made: sent again, the command has one effect.',
  })
  commandId?: string | null;

  @Field(() => ID, { description: 'The room that the message is in.' })
  roomId!: string;

  @Field(() => ID, { description: 'The message.' })
  messageId!: string;

  @Field(() => String, { description: 'Exactly one emoji, or a code such as `:party_parrot:`.' })
  emoji!: string;
}
