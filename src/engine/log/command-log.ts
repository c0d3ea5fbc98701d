import type { CommandEnvelope } from '../domain/envelope.js';
import type { Offset, Partition } from '../domain/ids.js';

/**
 * A record of a command log. Its command's `at` is the time at which the log took it, by the log's clock; the sender's
 * time is used only without one in the log. A record that is no command is passed on unparsed, for the dead-letter
 * store.
 */
export type CommandRecord =
  | { readonly offset: Offset; readonly command: CommandEnvelope; readonly misplaced?: Misplaced }
  | {
      readonly offset: Offset;
      readonly unreadable: { readonly reason: string; readonly payload: string; readonly key: string | null };
    };

/**
 * The command's key belongs to another partition, which only a foreign writer to the topic can cause: it must not be
 * decided here, beside the decider of its key, and is ignored otherwise.
 */
export interface Misplaced {
  readonly partition: Partition;
  readonly belongs: Partition;
}

/** The key under which a record counts as a command of its queue; null for a record without a place of its own. */
export const countedKey = (record: CommandRecord): string | null =>
  'unreadable' in record || record.misplaced ? null : record.command.key;

/** Nothing up to and including this offset is needed: the end of a transaction in Kafka, or deleted records. */
export interface PassedRecord {
  readonly offset: Offset;
  readonly passed: true;
}

export const isCommandRecord = (record: CommandRecord | PassedRecord): record is CommandRecord => !('passed' in record);

/**
 * Identifies the record at an offset among all that ever had this offset. A checkpoint keeps the mark of the record
 * before it: a log that was truncated or made anew assigns its offsets again.
 */
export interface LogMark {
  readonly offset: Offset;
  readonly text: string;
}

/** The checkpoint of the work on a partition. */
export interface LogPlace {
  readonly next: Offset;
  /** The mark of the last record before `next`; null if unknown. */
  readonly mark: LogMark | null;
}

export interface CommandBatch {
  readonly partition: Partition;
  /** In order. Offsets rise; a log may skip some (Kafka's control records), or all of them. */
  readonly records: readonly CommandRecord[];
  /** The offset after the batch: the worker's checkpoint once it has handled the batch. */
  readonly next: Offset;
  /** The mark of the last record in this batch below an offset, for the checkpoint. Null for a log without marks. */
  markBefore(to: Offset): LogMark | null;
}

/**
 * Works on the commands of a group. A partition is meant to have one owner at a time; a member may notice late that it
 * lost a partition, so results are stored by compare-and-set on the checkpoint.
 */
export interface CommandHandler {
  /**
   * Called once when this member takes the partition over, before its first batch: returns where to start. The answer
   * overrides the group's offset in the log. A throw is retried after a pause.
   */
  assigned(partition: Partition): Promise<LogPlace>;
  /**
   * Called with the records from there on: one call at a time per partition, partitions in parallel. A resolved promise
   * means that the batch is stored, unless the signal is aborted by then. After a throw the partition starts anew with
   * `assigned` after a short pause: no record is skipped. A call may take minutes; the member stays in its group
   * meanwhile. `signal` is aborted when the partition is lost or the consumer stops.
   */
  handle(batch: CommandBatch, signal: AbortSignal): Promise<void>;
  /**
   * The partition went to another member, or the consumer stops. Called after the last `handle` has ended. Must not
   * throw.
   */
  revoked(partition: Partition): Promise<void>;
}

export interface ConsumeOptions {
  /** Members of the same group share the partitions; every group gets every record. */
  readonly group: string;
  /** Maximum number of records in a batch. */
  readonly maxBatch: number;
  readonly handler: CommandHandler;
}

export interface TailOptions {
  /** The first offset of each partition; index = partition. Lower records may be gone. */
  readonly from: readonly Offset[];
  /**
   * Called with the next records of a partition in order, at least one, each once. Must not block and must not throw.
   */
  records(partition: Partition, records: readonly CommandRecord[]): void;
  /**
   * The log of a partition was replaced, or ends before the current place: records that were delivered are not in it.
   * Called before its first record, also if it has none. Must not block and must not throw.
   */
  replaced?(partition: Partition): void;
}

/** A reader of the whole queue, beside the groups. */
export interface Tail extends AsyncDisposable {
  /** The next offset of a partition to be delivered. It goes back only if the log was made anew. */
  next(partition: Partition): Offset;
  /** Continues at this offset, also at one that was delivered before. */
  seek(partition: Partition, to: Offset): void;
  /** Idempotent. No record is delivered after the call. */
  stop(): Promise<void>;
}

/** A running member of a group. */
export interface Consumer extends AsyncDisposable {
  /** The partitions that this member owns now. */
  owned(): readonly Partition[];
  /**
   * Calls `assigned` again for an owned partition, also while it waits for commands: its earlier answer no longer
   * holds. The signal of a running batch is aborted.
   */
  resume(partition: Partition): void;
  /**
   * Ends the running batches within the grace time, hands the partitions over at once, and releases everything.
   * Idempotent.
   */
  stop(): Promise<void>;
}

/**
 * A queue of commands in partitions: commands with the same key keep the order in which they became durable. Opened and
 * closed by the composition root. One contract suite covers both engines.
 */
export interface CommandLog extends AsyncDisposable {
  /** Its name: `commands`, `gifticon.requests`. */
  readonly queue: string;
  /**
   * The engine that assigned the offsets. A deployment that changes its engine starts with the checkpoint of the new
   * one.
   */
  readonly engine: 'postgres' | 'kafka';
  readonly partitions: number;
  /**
   * Resolves when the command is durable. Concurrent calls share a round trip. Called once per mutation.
   * @returns the partition, the offset in it, and when the log took the command
   * @throws {LogError} RECORD_TOO_LARGE, LOG_REFUSED: refused for good, nothing was stored. LOG_UNAVAILABLE: the
   * command may or may not be stored; sending the same commandId again is safe.
   */
  append(
    command: CommandEnvelope,
  ): Promise<{ readonly partition: Partition; readonly offset: Offset; readonly at: Date }>;
  consume(options: ConsumeOptions): Promise<Consumer>;
  /**
   * Follows every partition from the given offsets on, outside of any group: nothing is stored for it, and nothing
   * remains after it. It survives outages of the log; on a new log it starts at the beginning.
   * @returns once it is established, which may take as long as an outage: later appends are delivered within
   * milliseconds
   * @throws {LogError} LOG_UNAVAILABLE: the log is being closed
   */
  tail(options: TailOptions): Promise<Tail>;
  /** The offset after the last durable command of each partition; index = partition. For lag. */
  ends(): Promise<readonly Offset[]>;
  /** Idempotent. Stops running consumers and tails. */
  stop(): Promise<void>;
}

/** The name of a command log in checkpoints, receipts and dead letters. */
export const checkpointName = ({ engine, queue }: Pick<CommandLog, 'engine' | 'queue'>): string => `${engine}:${queue}`;

export type LogErrorCode = 'RECORD_TOO_LARGE' | 'LOG_REFUSED' | 'LOG_UNAVAILABLE' | 'LOG_MISMATCH';

export class LogError extends Error {
  constructor(
    readonly code: LogErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'LogError';
  }
}

/** Of a command that waits in front of the log, and was not handed to it. */
export const notTaken = (why: 'full' | 'late'): LogError =>
  new LogError(
    'LOG_UNAVAILABLE',
    why === 'full'
      ? 'too many commands wait for the log: send the same again a little later'
      : 'the log did not answer in time: send the same again',
  );

/** The refusal of a command, or of its outcome, which processes of an older version could not read. */
export const notYetRead = (): LogError =>
  new LogError(
    'LOG_UNAVAILABLE',
    'processes of an older version still run: send the same again once they are replaced',
  );

/** The refusal of calls to a log that is being closed. */
export const closing = (queue: string): LogError =>
  new LogError('LOG_UNAVAILABLE', `the log of ${queue} is being closed: send the same again to another server`);

export const isLogError = (error: unknown, code?: LogErrorCode): error is LogError =>
  error instanceof LogError && (code === undefined || error.code === code);
