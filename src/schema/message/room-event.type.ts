import { Extensions, Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { RoomHeat } from '../hot-room/heat.type.js';
import { shortListComplexity } from '../pagination/complexity.js';
import { DateTimeScalar } from '../scalars/date-time.js';
import { Occupancy } from '../room/occupancy.type.js';
import { PositionScalar } from '../scalars/position.js';
import { SHOWS_NEW } from '../viewer.js';
import { Message } from './message.type.js';

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

@ObjectType('MessagePosted', { implements: RoomEvent, simpleResolvers: true, description: 'A member wrote a message.' })
export class MessagePosted extends RoomEvent {
  @Extensions(SHOWS_NEW)
  @Field(() => Message, { description: 'The message, as it was posted.' })
  message!: Message;
}

@ObjectType('ReactionAdded', {
  implements: RoomEvent,
  simpleResolvers: true,
  description: 'A member put an emoji on a message.',
})
export class ReactionAdded extends RoomEvent {
  @Field(() => ID, { description: 'The message.' })
  messageId!: string;

  @Field(() => ID, { description: 'The user who reacted.' })
  userId!: string;

  @Field(() => String, { description: 'The emoji.' })
  emoji!: string;
}

@ObjectType('ReactionRemoved', {
  implements: RoomEvent,
  simpleResolvers: true,
  description: 'A member took an emoji of their own off a message.',
})
export class ReactionRemoved extends RoomEvent {
  @Field(() => ID, { description: 'The message.' })
  messageId!: string;

  @Field(() => ID, { description: 'Whose reaction it was.' })
  userId!: string;

  @Field(() => String, { description: 'The emoji.' })
  emoji!: string;
}

@ObjectType('MemberJoined', { implements: RoomEvent, simpleResolvers: true, description: 'Someone became a member.' })
export class MemberJoined extends RoomEvent {
  /** Resolved into a user. */
  userId!: string;
}

@ObjectType('MemberLeft', {
  implements: RoomEvent,
  simpleResolvers: true,
  description: 'Someone is a member no longer. To that member it is the last event.',
})
export class MemberLeft extends RoomEvent {
  @Field(() => ID, { description: 'Who left.' })
  userId!: string;
}

@ObjectType('MemberErased', {
  implements: RoomEvent,
  simpleResolvers: true,
  description:
    "Someone's account was deleted: drop the bodies and the author of all that they wrote here, and their reactions.",
})
export class MemberErased extends RoomEvent {
  @Field(() => ID, { description: 'Who was erased: the `author.id` of what they wrote until now.' })
  userId!: string;
}

@ObjectType('RoomHeatChanged', {
  implements: RoomEvent,
  simpleResolvers: true,
  description:
    'The room turned hot, or normal again. Not stored: it has the position of the stored event ' +
    'before it, and is not repeated on resuming.',
})
export class RoomHeatChanged extends RoomEvent {
  @Field(() => RoomHeat, { description: "The room's new state." })
  heat!: RoomHeat;
}

@ObjectType('OccupancyChanged', {
  implements: RoomEvent,
  simpleResolvers: true,
  description:
    'How many are connected to the room: only with the kind `OCCUPANCY`, at the beginning and when it has changed, ' +
    'at most every 2 s, and every 10 s above 10,000. Not stored: it has the position of the stored event before it.',
})
export class OccupancyChanged extends RoomEvent {
  @Field(() => Occupancy, { description: 'As it is now.' })
  occupancy!: Occupancy;
}

@ObjectType('MembersChanged', {
  implements: RoomEvent,
  simpleResolvers: true,
  description:
    'With `summarise`, in a room of more than 200 members, once a second: those who joined and left. Not ' +
    'stored: it has the position of the stored event before it.',
})
export class MembersChanged extends RoomEvent {
  @Field(() => Int, { description: 'Members who joined since the last one.' })
  joined!: number;

  @Field(() => Int, { description: 'Members who left since the last one.' })
  left!: number;

  @Field(() => Int, { description: 'The number of members now.' })
  memberCount!: number;
}

@ObjectType('ReactionTotal', { description: 'How often an emoji is on a message.', simpleResolvers: true })
export class ReactionTotal {
  @Field(() => String, { description: 'The emoji, or a code such as `:party_parrot:`.' })
  emoji!: string;

  @Field(() => Int, { description: 'The number of users who reacted with it; at least 1.' })
  count!: number;
}

@ObjectType('ReactionsChanged', {
  implements: RoomEvent,
  simpleResolvers: true,
  description:
    'With `summarise`, in a room of more than 200 members, once a second for each message whose reactions ' +
    'changed. Not stored: it has the position of the stored event before it.',
})
export class ReactionsChanged extends RoomEvent {
  @Field(() => ID, { description: 'The message.' })
  messageId!: string;

  @Field(() => [ReactionTotal], { description: 'All reactions to it now: they replace the earlier ones.' })
  reactions!: readonly ReactionTotal[];
}

@ObjectType('RoomEventBatch', { description: 'Events of a room in their order.', simpleResolvers: true })
export class RoomEventBatch {
  @Field(() => PositionScalar, { description: 'Of the last event: the `after` that goes on behind it.' })
  position!: string;

  @Field(() => [RoomEvent], { complexity: shortListComplexity, description: 'The events, 1 to 200.' })
  events!: readonly RoomEvent[];
}
