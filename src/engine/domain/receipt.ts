import type { CommandId, Offset, Partition, Position, TraceId, UserId } from './ids.js';

/** A refusal by the domain: a value with a stable code, never a throw. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly message: string;
}

/** The outcome of a command. One for each commandId, for ever. */
export interface Receipt {
  readonly commandId: CommandId;
  /** What the command was, as a hash: the same id with other content, or from another user, is told apart by it. */
  readonly fingerprint: string;
  readonly userId: UserId;
  readonly traceId: TraceId;
  /** The command log that it came through. */
  readonly queue: string;
  /** What the command was partitioned by. */
  readonly key: string;
  readonly partition: Partition;
  readonly offset: Offset;
  readonly rejection: Rejection | null;
  /**
   * The last event that the command produced; for a command that changed nothing, the head of the partition when it was
   * decided.
   */
  readonly position: Position;
  /** How many events the command produced: they are at `position - events + 1` … `position`. */
  readonly events: number;
  readonly decidedAt: Date;
}

/** Every code that a receipt can carry, with its meaning. `docs/errors.md` is held equal to this list by a test. */
export const REJECTIONS = {
  HANDLE_TAKEN: 'The handle belongs to another user: choose another one.',
  HANDLE_RESERVED: 'The handle was given up lately and is kept back for a while: choose another one.',
  ACCOUNT_NOT_FOUND: 'There is no such account: check the id.',
  ACCOUNT_DELETED: 'The account was deleted: nothing is done for it any more.',
  ROOM_NOT_FOUND: 'There is no room with this id: check the id.',
  NOT_A_MEMBER: 'You are not in this room: join it first.',
  ALREADY_A_MEMBER: 'You are in this room already: there is nothing to do.',
  MESSAGE_NOT_FOUND: 'There is no such message in this room: check the ids of the message and of the room.',
  ALREADY_REACTED: 'You have reacted to this message with this emoji already: there is nothing to do.',
  REACTION_NOT_FOUND: 'You have not reacted to this message with this emoji: there is nothing to remove.',
  TOO_MANY_REACTIONS: 'One user may put at most 20 different emojis on a message: remove one first.',
  TOO_MANY_EMOJIS:
    'A message takes at most 50 different emojis, and 30 that one user was the first to use: use one that it has had already.',
  SEQ_OUT_OF_RANGE: 'The room has no message with this number yet: use one up to that of the last message.',
  CAMPAIGN_NOT_FOUND: 'There is no gifticon campaign with this id: check the id.',
  CAMPAIGN_NOT_OPEN:
    'The campaign has not opened yet, or has no codes yet: ask again, with a new commandId, once it is open.',
  CAMPAIGN_CLOSED: 'The campaign has closed: nothing is issued in it any more.',
  SOLD_OUT: 'Every gifticon of the campaign has been issued: there is none left.',
  ALREADY_REQUESTED: 'You have asked for a gifticon of this campaign already: the first request decides.',
  CAMPAIGN_CLOSES_TOO_EARLY: 'The campaign would close before it opens: choose a later end.',
  CODES_MISPLACED: 'Other codes were loaded into the campaign meanwhile: load these again.',
  COMMAND_ID_REUSED: 'This commandId was used before for another command: make a new one.',
  MALFORMED_COMMAND:
    'The command on the log does not fit its schema, or stands where it does not belong: an operator finds it in the dead-letter store.',
  COMMAND_FAILED:
    'A fault in the program kept the command from being decided: an operator finds it in the dead-letter store.',
} as const;

export type RejectionCode = keyof typeof REJECTIONS;

export const rejection = (code: RejectionCode, message: string = REJECTIONS[code]): Rejection => ({ code, message });
