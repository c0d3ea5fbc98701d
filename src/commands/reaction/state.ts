import type { EventsOf } from '../../events/definitions.js';
import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { messageId } from '../../events/ids.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import { unexpectedEvent } from '../unexpected-event.js';

export const MAX_EMOJIS = 20;

/**
 * One user's reactions to one message: the present emojis, in the order of adding, apart from those that the user
 * introduced, which the message's palette has. At most MAX_EMOJIS together.
 */
export interface ReactionState {
  readonly emojis: readonly string[];
}

export const reactionAggregate: Aggregate<ReactionState, EventsOf<'reaction'>> = {
  name: 'reaction',
  initialState: { emojis: [] },
  evolve(state, event) {
    switch (event.type) {
      case 'ReactionAdded':
        return { emojis: [...state.emojis, event.data.emoji] };
      case 'ReactionRemoved':
        return { emojis: state.emojis.filter((emoji) => emoji !== event.data.emoji) };
      default:
        return unexpectedEvent('reaction', event);
    }
  },
};

export const reactionStream = (roomId: RoomId, seq: number, userId: UserId): StreamRef<ReactionState> =>
  streamOf(reactionAggregate, `${messageId(roomId, seq)}/${userId}`);
