import { Field, ID, ObjectType } from 'type-graphql';
import { RoomEvent } from '../message/room-event.type.js';
import { shownEvent } from '../message/shown-event.js';

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

export const memberJoined = shownEvent('MemberJoined', MemberJoined, {
  kind: 'MEMBERS',
  summarised: true,
  view: ({ event }) => ({ userId: event.data.userId }),
});

export const memberLeft = shownEvent('MemberLeft', MemberLeft, {
  kind: 'MEMBERS',
  summarised: true,
  // The end of one's own right comes with any filter.
  alwaysToOwn: true,
  view: ({ event }) => ({ userId: event.data.userId }),
});

export const memberErased = shownEvent('MemberErased', MemberErased, {
  kind: 'any',
  view: ({ event }) => ({ userId: event.data.userId }),
});
