import { Field, Int, ObjectType } from 'type-graphql';
import type { RoomId } from '../../events/ids.js';
import type { ReactionTally } from '../../projections/message/timeline/query.js';
import { CommandPayload } from '../command/command.type.js';

/**
 * A tally. `on` is its message where the tally was read for many members at once: then `mine` is looked up for each of
 * them.
 */
export type ShownTally = ReactionTally & { readonly on?: { readonly roomId: RoomId; readonly seq: number } };

@ObjectType('ReactionCount', { description: 'One emoji on a message.', simpleResolvers: true })
export class ReactionCount {
  @Field(() => String, { description: 'The emoji, or a code such as `:party_parrot:`.' })
  emoji!: string;

  @Field(() => Int, { description: 'The number of users who reacted with it; at least 1.' })
  count!: number;
}

@ObjectType('ReactionPayload', {
  implements: CommandPayload,
  simpleResolvers: true,
  description: 'The answer to `addReaction` and `removeReaction`.',
})
export class ReactionPayload extends CommandPayload {}
