import { Field, Int, ObjectType } from 'type-graphql';
import { CommandPayload } from '../command/command.type.js';

@ObjectType('ReactionCount', { description: 'One emoji on a message.', simpleResolvers: true })
export class ReactionCount {
  @Field(() => String, { description: 'The emoji, or a code such as `:party_parrot:`.' })
  emoji!: string;

  @Field(() => Int, { description: 'How many users put it there; at least 1.' })
  count!: number;
}

@ObjectType('ReactionPayload', { implements: CommandPayload, simpleResolvers: true, description: 'The answer to `addReaction` and `removeReaction`.' })
export class ReactionPayload extends CommandPayload {}
