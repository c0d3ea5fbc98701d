import { roomId } from '../../events/ids.js';
import type { ReactionTally } from '../../projections/message/timeline/query.js';
import type { ShownTally } from '../reaction/reaction.type.js';

interface Shown {
  readonly roomId: string;
  readonly seq: number;
  readonly reactions: readonly ReactionTally[];
}

/**
 * Marks every tally of a message that was read for all members with the message's place: `mine` is looked up later for
 * each member.
 */
export function placed<M extends Shown>(message: M): M {
  const on = { roomId: roomId(message.roomId), seq: message.seq };
  return { ...message, reactions: message.reactions.map((tally): ShownTally => ({ ...tally, on })) };
}
