import { Field, ID, Int, ObjectType } from 'type-graphql';
import { CommandPayload } from '../command/command.type.js';
import { PageInfo } from '../pagination/page-info.type.js';
import { DateTimeScalar } from '../scalars/date-time.js';

@ObjectType('Room', { description: 'A place to write in, open to everyone who joins.', simpleResolvers: true })
export class Room {
  @Field(() => ID, { description: 'A UUID.' })
  id!: string;

  @Field(() => String, { description: 'One line, as its creator wrote it.' })
  title!: string;

  @Field(() => DateTimeScalar, { description: 'When it was opened.' })
  createdAt!: Date;

  @Field(() => Int, { description: 'How many members it has now.' })
  memberCount!: number;
}

@ObjectType('RoomEdge', { description: 'A room in a list, with its place there.', simpleResolvers: true })
export class RoomEdge {
  @Field(() => String, { description: 'The place in the list: an `after`.' })
  cursor!: string;

  @Field(() => Room, { description: 'The room.' })
  node!: Room;
}

@ObjectType('RoomConnection', { description: 'A page of rooms, newest first.', simpleResolvers: true })
export class RoomConnection {
  @Field(() => [RoomEdge], { description: 'The rooms with their places.' })
  edges!: RoomEdge[];

  @Field(() => [Room], { description: 'The rooms alone.' })
  nodes!: Room[];

  @Field(() => PageInfo, { description: 'What lies around the page.' })
  pageInfo!: PageInfo;
}

@ObjectType('CreateRoomPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `createRoom`.',
})
export class CreateRoomPayload extends CommandPayload {}
