import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import { shortListComplexity } from '../pagination/complexity.js';
import { DateTimeScalar } from '../scalars/date-time.js';
import { PositionScalar } from '../scalars/position.js';

@InterfaceType('RoomEvent', {
  description: 'Something that happened in a room.',
  resolveType: ({ __typename }: { readonly __typename: string }) => __typename,
})
export abstract class RoomEvent {
  @Field(() => PositionScalar, { description: 'Where it stands in the log: the `after` that goes on behind it.' })
  position!: string;

  @Field(() => ID, { description: 'The room.' })
  roomId!: string;

  @Field(() => DateTimeScalar, { description: 'When a server accepted the command that led to it.' })
  at!: Date;
}

@ObjectType('RoomEventBatch', { description: 'Events of a room in their order.', simpleResolvers: true })
export class RoomEventBatch {
  @Field(() => PositionScalar, { description: 'Of the last event: the `after` that goes on behind it.' })
  position!: string;

  @Field(() => [RoomEvent], { complexity: shortListComplexity, description: 'The events, 1 to 200.' })
  events!: readonly RoomEvent[];
}
