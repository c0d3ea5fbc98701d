import { Field, ID, InputType, Int } from 'type-graphql';

@InputType('JoinRoomInput', { description: 'A room to become a member of.' })
export class JoinRoomInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID that the client made: sent again, the command has one effect.',
  })
  commandId?: string | null;

  @Field(() => ID, { description: 'The room.' })
  roomId!: string;
}

@InputType('LeaveRoomInput', { description: 'A room to leave.' })
export class LeaveRoomInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID that the client made: sent again, the command has one effect.',
  })
  commandId?: string | null;

  @Field(() => ID, { description: 'The room.' })
  roomId!: string;
}

@InputType('MarkReadInput', { description: "The caller's new read mark in a room." })
export class MarkReadInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUID that the client made: sent again, the command has one effect.',
  })
  commandId?: string | null;

  @Field(() => ID, { description: 'The room.' })
  roomId!: string;

  @Field(() => Int, { description: 'The number of the last message read. A smaller one than before changes nothing.' })
  seq!: number;
}
