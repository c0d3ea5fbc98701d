import { Extensions, Field, ID, Int, ObjectType } from 'type-graphql';
import type { ReactionTally } from '../../projections/message/timeline/query.js';
import { CommandPayload } from '../command/command.type.js';
import { PageInfo } from '../pagination/page-info.type.js';
import { BODY_COMPLEXITY, shortListComplexity } from '../pagination/complexity.js';
import { ReactionCount } from '../reaction/reaction.type.js';
import { DateTimeScalar } from '../scalars/date-time.js';
import { EMPTY_IF_NEW } from '../viewer.js';

@ObjectType('Message', {
  description:
    "What a member wrote in a room. It never changes, unless its author's account is deleted; reactions come and go.",
  simpleResolvers: true,
})
export class Message {
  @Field(() => ID, { description: 'Unique over all rooms.' })
  id!: string;

  @Field(() => ID, { description: 'The room that it stands in.' })
  roomId!: string;

  @Field(() => Int, { description: 'Its number in the room: 1, 2, 3 … without gaps, the same for everyone.' })
  seq!: number;

  /** The field resolver makes a user of it. */
  authorId!: string;

  @Field(() => String, {
    complexity: BODY_COMPLEXITY,
    description: 'The text, exactly as it was sent; empty once `erased`.',
  })
  body!: string;

  @Field(() => DateTimeScalar, { description: 'When a server accepted it. Order by `seq`, not by this.' })
  createdAt!: Date;

  @Extensions(EMPTY_IF_NEW)
  @Field(() => [ReactionCount], {
    complexity: shortListComplexity,
    description:
      'In the order in which the emojis were first used. In a `MessagePosted` event and in the ' +
      'answer to `sendMessage` it is as it was at ' +
      'that moment: empty.',
  })
  reactions!: readonly ReactionTally[];
}

@ObjectType('MessageEdge', { description: 'A message in a list, with its place there.', simpleResolvers: true })
export class MessageEdge {
  @Field(() => String, { description: 'The place in the list: an `after` or `before`.' })
  cursor!: string;

  @Field(() => Message, { description: 'The message.' })
  node!: Message;
}

@ObjectType('MessageConnection', {
  description: 'A page of messages, ascending by `seq` whichever way it was asked for.',
  simpleResolvers: true,
})
export class MessageConnection {
  @Field(() => [MessageEdge], { description: 'The messages with their places.' })
  edges!: MessageEdge[];

  @Field(() => [Message], { description: 'The messages alone.' })
  nodes!: Message[];

  @Field(() => PageInfo, { description: 'What lies around the page.' })
  pageInfo!: PageInfo;
}

@ObjectType('SendMessagePayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `sendMessage`.',
})
export class SendMessagePayload extends CommandPayload {
  @Field(() => Message, {
    nullable: true,
    description: 'The message as it was decided; null while undecided and when rejected.',
  })
  message!: Message | null;
}
