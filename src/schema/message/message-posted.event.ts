import { Extensions, Field, ObjectType } from 'type-graphql';
import { erasedIfDeleted } from '../../projections/message/erased-messages.js';
import { SHOWS_NEW } from '../viewer.js';
import { Message } from './message.type.js';
import { postedMessage } from './posted-message.js';
import { RoomEvent } from './room-event.type.js';
import { shownEvent } from './shown-event.js';

@ObjectType('MessagePosted', { implements: RoomEvent, simpleResolvers: true, description: 'A member wrote a message.' })
export class MessagePosted extends RoomEvent {
  @Extensions(SHOWS_NEW)
  @Field(() => Message, { description: 'The message, as it was posted.' })
  message!: Message;
}

export const messagePosted = shownEvent('MessagePosted', MessagePosted, {
  kind: 'MESSAGES',
  view: (recorded, { users }) => ({ message: erasedIfDeleted(postedMessage(recorded), users) }),
});
