import { Field, ID, Int, ObjectType } from 'type-graphql';
import { RoomHeat } from '../hot-room/heat.type.js';
import { Occupancy } from '../room/occupancy.type.js';
import { RoomEvent } from './room-event.type.js';

// The events of a room that are in no log.

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
