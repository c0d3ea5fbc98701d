import type { CommandId, SpanId, TraceId, UserId } from './ids.js';

/**
 * A command as it travels through the command log. Identity and ids are stamped by the server that accepts it, and the
 * time by the log, so that deciding is a pure function of the log.
 */
export interface CommandEnvelope<T extends string = string, D = unknown> {
  readonly commandId: CommandId;
  readonly type: T;
  /** Version of `data`'s shape. */
  readonly schema: number;
  /** The id of the room, user, handle or campaign that the command is about. It gives the partition. */
  readonly key: string;
  /** From the verified token. */
  readonly userId: UserId;
  readonly traceId: TraceId;
  /** Of a sampled trace alone: the span in which the command was appended. */
  readonly span?: SpanId | undefined;
  /**
   * ISO 8601. Written by the server that accepts the command; in a command that was read from the log, the time at
   * which the log took it.
   */
  readonly at: string;
  readonly data: D;
}
