import type { CommandId, Offset, Partition, Position, TraceId, UserId } from './ids.js';

/** A refusal by the domain: a value with a stable code, never a throw. */
export interface Rejection {
  readonly code: string;
  readonly message: string;
}

/** The outcome of a command. One for each commandId, for ever, except for {@link NOT_YET}. */
export interface Receipt {
  readonly commandId: CommandId;
  /** A hash of the command: distinguishes the same id with other content, or from another user. */
  readonly fingerprint: string;
  readonly userId: UserId;
  readonly traceId: TraceId;
  /** The command log of the command. */
  readonly queue: string;
  /** The key that gave the partition. */
  readonly key: string;
  readonly partition: Partition;
  readonly offset: Offset;
  readonly rejection: Rejection | null;
  /** The last event of the command; for a command without events, the head of the partition when it was decided. */
  readonly position: Position;
  /** The number of events of the command: they are at `position - events + 1` … `position`. */
  readonly events: number;
  readonly decidedAt: Date;
  /**
   * The command's number among those of its key, in a queue that counts: 1, 2, 3 … in the order of the queue. Absent in
   * the other queues, and for a command from before its queue was counted.
   */
  readonly number?: number;
}

/** The engine's own refusals and their meanings. A domain adds codes of its own. */
export const ENGINE_REJECTIONS = {
  ACCOUNT_DELETED: 'The account was deleted: nothing is done for it any more.',
  COMMAND_ID_REUSED: 'This commandId was used before for another command: make a new one.',
  MALFORMED_COMMAND:
    'The command on the log does not fit its schema, or stands where it does not belong: ' +
    'an operator finds it in the dead-letter store.',
  NOT_YET:
    'Processes of an older version, which cannot read the outcome, still run: send the command again, ' +
    'with the same commandId.',
  COMMAND_FAILED:
    'A fault in the program kept the command from being decided: an operator finds it in the dead-letter store.',
} as const;

/** The refusal that is not final: the same command, sent again, is decided anew. */
export const NOT_YET = 'NOT_YET' satisfies keyof typeof ENGINE_REJECTIONS;

export const isProvisional = ({ rejection }: Pick<Receipt, 'rejection'>): boolean => rejection?.code === NOT_YET;

export const engineRejection = (code: keyof typeof ENGINE_REJECTIONS): Rejection => ({
  code,
  message: ENGINE_REJECTIONS[code],
});
