import { accept, append, defineCommand, reject } from '../decide.js';
import { MAX_EMOJIS, storedEmoji } from './state.js';
import { reactionReads, reactionSchema, targetRefusal, targetSeq } from './target.js';

/** Puts one of the acting user's emojis on a message. */
export const addReaction = defineCommand({
  type: 'AddReaction',
  version: 1,
  schema: reactionSchema,
  key: (data) => data.roomId,
  reads: reactionReads,
  decide({ data, userId }, states, streams) {
    const seq = targetSeq(data);
    const refusal = targetRefusal(seq, states);
    if (refusal) return reject(refusal);
    if (storedEmoji(states.reaction, data.emoji) !== undefined) return reject('ALREADY_REACTED');
    if (states.reaction.emojis.length >= MAX_EMOJIS) return reject('TOO_MANY_REACTIONS');
    return accept(append(streams.reaction, { type: 'ReactionAdded', data: { roomId: data.roomId, seq, userId, emoji: data.emoji } }));
  },
});
