import type { CommandId, TraceId, UserId } from '../events/ids.js';

/**
 * A command as it travels through the command log. Time, identity and ids are stamped by the server that accepts it, so that
 * deciding is a pure function of the log.
 */
export interface CommandEnvelope<T extends string = string, D = unknown> {
  readonly commandId: CommandId;
  readonly type: T;
  /** Version of `data`'s shape. */
  readonly schema: number;
  /** The id of the room, user, handle or campaign that the command is about: what it is partitioned by. */
  readonly key: string;
  /** From the verified token. */
  readonly userId: UserId;
  readonly traceId: TraceId;
  /** ISO 8601, when the command was accepted. */
  readonly at: string;
  readonly data: D;
}
