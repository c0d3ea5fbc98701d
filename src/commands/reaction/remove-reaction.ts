import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { introducedBy, isSame } from './palette.js';
import { reactionReads, reactionSchema, targetRefusal, targetSeq } from './target.js';

/** Takes one of the acting user's own emojis off a message. */
export const removeReaction = defineCommand({
  type: 'RemoveReaction',
  version: 1,
  rateLimit: perUser(10, 40),
  schema: reactionSchema,
  key: (data) => data.roomId,
  reads: reactionReads,
  decide({ data, userId }, states, streams) {
    const seq = targetSeq(data);
    const refusal = targetRefusal(seq, states);
    if (refusal) return reject(refusal);
    const ofPicture = (stored: string): boolean => isSame(stored, data.emoji);
    const introduced = introducedBy(states.palette, userId).find(ofPicture);
    const emoji = introduced ?? states.reaction.emojis.find(ofPicture);
    if (emoji === undefined) return reject('REACTION_NOT_FOUND');
    return accept(
      append<unknown>(introduced === undefined ? streams.reaction : streams.palette, {
        type: 'ReactionRemoved',
        data: { roomId: data.roomId, seq, userId, emoji },
      }),
    );
  },
});
