import type { Decision, NewEvent } from '../engine/domain/decide.js';
import { refuse } from '../engine/domain/decide.js';
import type { Rejection } from '../engine/domain/receipt.js';
import { ENGINE_REJECTIONS } from '../engine/domain/receipt.js';

/** Every code that a receipt can carry, with its meaning. `docs/errors.md` is held equal to this list by a test. */
export const REJECTIONS = {
  ...ENGINE_REJECTIONS,
  HANDLE_TAKEN: 'The handle belongs to another user: choose another one.',
  HANDLE_RESERVED: 'The handle was given up lately and is kept back for a while: choose another one.',
  ACCOUNT_NOT_FOUND: 'There is no such account: check the id.',
  ROOM_NOT_FOUND: 'There is no room with this id: check the id.',
  NOT_A_MEMBER: 'You are not in this room: join it first.',
  ALREADY_A_MEMBER: 'You are in this room already: there is nothing to do.',
  MESSAGE_NOT_FOUND: 'There is no such message in this room: check the ids of the message and of the room.',
  ALREADY_REACTED: 'You have reacted to this message with this emoji already: there is nothing to do.',
  REACTION_NOT_FOUND: 'You have not reacted to this message with this emoji: there is nothing to remove.',
  TOO_MANY_REACTIONS: 'One user may put at most 20 different emojis on a message: remove one first.',
  TOO_MANY_EMOJIS:
    'A message takes at most 50 different emojis, and 30 that one user was the first to use: ' +
    'use one that it has had already.',
  SEQ_OUT_OF_RANGE: 'The room has no message with this number yet: use one up to that of the last message.',
  CAMPAIGN_NOT_FOUND: 'There is no gifticon campaign with this id: check the id.',
  CAMPAIGN_NOT_OPEN:
    'The campaign has not opened yet, or has no codes yet: ask again, with a new commandId, once it is open.',
  CAMPAIGN_CLOSED: 'The campaign has closed: nothing is issued in it any more.',
  SOLD_OUT: 'Every gifticon of the campaign has been issued: there is none left.',
  ALREADY_REQUESTED: 'You have asked for a gifticon of this campaign already: the first request decides.',
  CAMPAIGN_CLOSES_TOO_EARLY: 'The campaign would close before it opens: choose a later end.',
  CODES_MISPLACED: 'Other codes were loaded into the campaign meanwhile: load these again.',
} as const;

export type RejectionCode = keyof typeof REJECTIONS;

export const rejection = (code: RejectionCode, message: string = REJECTIONS[code]): Rejection => ({ code, message });

/** The decision that refuses a command; its events are stored all the same. */
export const reject = (code: RejectionCode, ...events: readonly NewEvent[]): Decision =>
  refuse(rejection(code), ...events);
