import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { CommandPayload } from '../command/command.type.js';

@InputType('DeleteAccountInput', { description: "The id of an account's deletion." })
export class DeleteAccountInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID that the client made. Once the account is deleted, sending it again answers UNAUTHENTICATED.',
  })
  commandId?: string | null;
}

@ObjectType('DeleteAccountPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `deleteAccount`.',
})
export class DeleteAccountPayload extends CommandPayload {}
