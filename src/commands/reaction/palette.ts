import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { messageId } from '../../events/ids.js';
import type { ReactionAdded, ReactionRemoved } from '../../events/reaction/reaction-events.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import { qualifiedEmoji } from '../text.js';
import { unexpectedEvent } from '../unexpected-event.js';

/** Different emojis that a message takes, for good: one that was removed may come again. */
export const MAX_PALETTE = 50;
/**
 * Of them, those that one user may bring, also those that are removed: nobody who adds and removes uses up what the
 * message takes.
 */
export const MAX_BROUGHT = 30;

interface Introduced {
  readonly emoji: string;
  /** Who put it on the message first. */
  readonly by: UserId;
  /** Whether that one's own reaction is there still. What others add of it stands in streams of their own. */
  readonly stands: boolean;
}

/**
 * The different emojis that a message has had, at most MAX_PALETTE. The first reaction with each of them is written
 * here instead of to its user's own stream, so that every reaction is one event, and this stream grows with the emojis
 * and not with the members. Messages that had reactions before there was a palette begin with an empty one.
 */
export interface PaletteState {
  readonly emojis: readonly Introduced[];
}

export const paletteAggregate: Aggregate<PaletteState, ReactionAdded | ReactionRemoved> = {
  name: 'palette',
  initialState: { emojis: [] },
  evolve({ emojis }, { type, data: { emoji, userId: by } }) {
    const others = emojis.filter((known) => known.emoji !== emoji);
    switch (type) {
      case 'ReactionAdded':
        return { emojis: [...others, { emoji, by, stands: true }] };
      case 'ReactionRemoved':
        return { emojis: emojis.map((known) => (known.emoji === emoji ? { ...known, stands: false } : known)) };
      default:
        return unexpectedEvent('palette', type);
    }
  },
};

export const paletteStream = (roomId: RoomId, seq: number): StreamRef<PaletteState> =>
  streamOf(paletteAggregate, messageId(roomId, seq));

export const isKnown = ({ emojis }: PaletteState, emoji: string): boolean =>
  emojis.some((known) => isSame(known.emoji, emoji));

/** What a user has put on the message first, and not removed. */
export const introducedBy = ({ emojis }: PaletteState, user: UserId): readonly string[] =>
  emojis.filter(({ by, stands }) => by === user && stands).map(({ emoji }) => emoji);

/** How many emojis a user has brought to the message, also those that are removed. */
export const countOf = ({ emojis }: PaletteState, user: UserId): number =>
  emojis.filter(({ by }) => by === user).length;

/** Whether a stored emoji, perhaps in a spelling that is not taken any more, is this one. */
export const isSame = (stored: string, emoji: string): boolean => stored === emoji || qualifiedEmoji(stored) === emoji;
