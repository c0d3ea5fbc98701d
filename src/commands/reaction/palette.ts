import type { UserId } from '../../engine/domain/ids.js';
import type { RoomId } from '../../events/ids.js';
import { messageId } from '../../events/ids.js';
import type { ReactionAdded, ReactionRemoved } from '../../events/reaction/reaction-events.js';
import type { Aggregate, StreamRef } from '../../engine/domain/decide.js';
import { streamOf } from '../../engine/domain/decide.js';
import { qualifiedEmoji } from '../text.js';
import { unexpectedEvent } from '../unexpected-event.js';

/** The limit of different emojis on a message, for good: one that was removed may come again. */
export const MAX_PALETTE = 50;
/**
 * The part of them that one user may introduce, including those that are removed: a user who keeps adding and removing
 * cannot use up the message's limit.
 */
export const MAX_BROUGHT = 30;

interface Introduced {
  readonly emoji: string;
  /** The user who put it on the message first. */
  readonly by: UserId;
  /** Whether that user's own reaction is still there. Reactions of others with it are in their own streams. */
  readonly stands: boolean;
}

/**
 * The different emojis that a message has had, at most MAX_PALETTE. The first reaction with each emoji is stored here
 * instead of in its user's own stream, so that every reaction is one event, and this stream grows with the emojis and
 * not with the members. Messages with reactions from before the palette existed begin with an empty one.
 */
export interface PaletteState {
  readonly emojis: readonly Introduced[];
}

export const paletteAggregate: Aggregate<PaletteState, ReactionAdded | ReactionRemoved> = {
  name: 'palette',
  initialState: { emojis: [] },
  evolve({ emojis }, { type, data: { emoji, userId: by } }) {
    switch (type) {
      case 'ReactionAdded':
        return { emojis: [...emojis, { emoji, by, stands: true }] };
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

/** The emojis that a user introduced on the message, and has not removed. */
export const introducedBy = ({ emojis }: PaletteState, user: UserId): readonly string[] =>
  emojis.filter(({ by, stands }) => by === user && stands).map(({ emoji }) => emoji);

/** The number of emojis that a user has introduced on the message, including those that are removed. */
export const countOf = ({ emojis }: PaletteState, user: UserId): number =>
  emojis.filter(({ by }) => by === user).length;

/** Whether a stored emoji is this qualified one; its stored spelling may be one that is no longer accepted. */
export const isSame = (stored: string, emoji: string): boolean => qualifiedEmoji(stored) === emoji;
