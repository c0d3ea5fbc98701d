import { accept, append, defineCommand, reject } from '../decide.js';
import { storedEmoji } from './state.js';
import { reactionReads, reactionSchema, targetRefusal, targetSeq } from './target.js';

/** Takes one of the acting user's own emojis off a message. */
export const removeReaction = defineCommand({
  type: 'RemoveReaction',
  version: 1,
  schema: reactionSchema,
  key: (data) => data.roomId,
  reads: reactionReads,
  decide({ data, userId }, states, streams) {
    const seq = targetSeq(data);
    const refusal = targetRefusal(seq, states);
    if (refusal) return reject(refusal);
    const emoji = storedEmoji(states.reaction, data.emoji);
    if (emoji === undefined) return reject('REACTION_NOT_FOUND');
    return accept(append(streams.reaction, { type: 'ReactionRemoved', data: { roomId: data.roomId, seq, userId, emoji } }));
  },
});
