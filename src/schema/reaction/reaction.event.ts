import { Field, ID, ObjectType } from 'type-graphql';
import type { EventOf } from '../../events/event.js';
import { messageId } from '../../events/ids.js';
import { RoomEvent } from '../message/room-event.type.js';
import { shownEvent } from '../message/shown-event.js';

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

const reactionOf = ({ roomId, seq, userId, emoji }: EventOf<'ReactionAdded' | 'ReactionRemoved'>['data']) => ({
  messageId: messageId(roomId, seq),
  userId,
  emoji,
});

export const reactionAdded = shownEvent('ReactionAdded', ReactionAdded, {
  kind: 'REACTIONS',
  summarised: true,
  view: ({ event }) => reactionOf(event.data),
});

export const reactionRemoved = shownEvent('ReactionRemoved', ReactionRemoved, {
  kind: 'REACTIONS',
  summarised: true,
  view: ({ event }) => reactionOf(event.data),
});
