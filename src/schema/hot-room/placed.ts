import { roomId } from '../../events/ids.js';
import type { ReactionTally } from '../../projections/message/timeline/query.js';
import type { ShownTally } from '../reaction/reaction.type.js';

interface Shown {
  readonly roomId: string;
  readonly seq: number;
  readonly reactions: readonly ReactionTally[];
}

/**
 * A message that was read for all members of its room, with its place on every tally: `mine` is found out for each
 * member by itself.
 */
export function placed<M extends Shown>(message: M): M {
  const on = { roomId: roomId(message.roomId), seq: message.seq };
  return { ...message, reactions: message.reactions.map((tally): ShownTally => ({ ...tally, on })) };
}
