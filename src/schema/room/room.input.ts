import { Field, ID, InputType } from 'type-graphql';

@InputType('CreateRoomInput', { description: 'A room to open.' })
export class CreateRoomInput {
  @Field(() => ID, { nullable: true, description: 'A UUID that the client made: sent again, it names the same room.' })
  commandId?: string | null;

  @Field(() => String, { description: 'One line of 1 to 200 characters; spaces around it are dropped.' })
  title!: string;
}
