import { accept, append } from '../../engine/domain/decide.js';
import { defineCommand, perUser } from '../define-command.js';
import { reject } from '../rejections.js';
import { MAX_BROUGHT, MAX_PALETTE, countOf, introducedBy, isKnown, isSame } from './palette.js';
import { MAX_EMOJIS } from './state.js';
import { reactionReads, reactionSchema, targetRefusal, targetSeq } from './target.js';

/** Puts one of the acting user's emojis on a message. */
export const addReaction = defineCommand({
  type: 'AddReaction',
  version: 1,
  rateLimit: perUser(10, 40),
  schema: reactionSchema,
  key: (data) => data.roomId,
  reads: reactionReads,
  decide({ data, userId }, states, streams) {
    const seq = targetSeq(data);
    const refusal = targetRefusal(seq, states);
    if (refusal) return reject(refusal);
    const own = [...states.reaction.emojis, ...introducedBy(states.palette, userId)];
    if (own.some((stored) => isSame(stored, data.emoji))) return reject('ALREADY_REACTED');
    if (own.length >= MAX_EMOJIS) return reject('TOO_MANY_REACTIONS');
    const known = isKnown(states.palette, data.emoji);
    if (!known && (states.palette.emojis.length >= MAX_PALETTE || countOf(states.palette, userId) >= MAX_BROUGHT))
      return reject('TOO_MANY_EMOJIS');
    return accept(
      append<unknown>(known ? streams.reaction : streams.palette, {
        type: 'ReactionAdded',
        data: { roomId: data.roomId, seq, userId, emoji: data.emoji },
      }),
    );
  },
});
