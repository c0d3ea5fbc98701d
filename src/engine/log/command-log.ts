import type { CommandEnvelope } from '../domain/envelope.js';
import type { Offset, Partition } from '../domain/ids.js';

/**
 * A record of a command log. Its command's `at` is the time at which the log took it, by the log's clock; that of the
 * server that sent it is read only where the log has none. What cannot be read as a command comes as it is, for the
 * dead-letter store.
 */
export type CommandRecord =
  | { readonly offset: Offset; readonly command: CommandEnvelope; readonly misplaced?: Misplaced }
  | {
      readonly offset: Offset;
      readonly unreadable: { readonly reason: string; readonly payload: string; readonly key: string | null };
    };

/**
 * A command stands in another partition than its key says, where nobody but those who write to a topic by themselves
 * can have put it: it must not be decided there, beside the decider of its key, and counts for nothing else.
 */
export interface Misplaced {
  readonly partition: Partition;
  readonly belongs: Partition;
}

/**
 * There is nothing up to and with this offset that anybody wants: what Kafka puts behind a transaction, records that
 * are gone.
 */
export interface PassedRecord {
  readonly offset: Offset;
  readonly passed: true;
}

export const isCommandRecord = (record: CommandRecord | PassedRecord): record is CommandRecord => !('passed' in record);

/**
 * What tells the record at an offset from every other that ever stood there. A checkpoint keeps that of the record
 * before it: a log that was cut off or made anew gives out its offsets again.
 */
export interface LogMark {
  readonly offset: Offset;
  readonly text: string;
}

/** Where the work on a partition stands. */
export interface LogPlace {
  readonly next: Offset;
  /**
   * Of the record before `next`, or of one further before where none in between is a record; null where it is not
   * known.
   */
  readonly mark: LogMark | null;
}

export interface CommandBatch {
  readonly partition: Partition;
  /** In order. Offsets rise; a log may leave some out (Kafka's control records), also all of them. */
  readonly records: readonly CommandRecord[];
  /** Where the log goes on behind them: the checkpoint of the worker that has handled the batch. */
  readonly next: Offset;
  /** Of the last record below an offset in this batch: for the checkpoint. Null where the log needs none. */
  markBefore(to: Offset): LogMark | null;
}

/**
 * What works on the commands of a group. One member at a time is meant to own a partition; a member that lost one may
 * notice late, so whoever stores results does it by compare-and-set on where the partition's work stopped.
 */
export interface CommandHandler {
  /**
   * Called once when this member takes the partition over, before its first batch: where to go on.
   * The answer is the truth, whatever the log itself remembers of the group. A throw is retried after a pause.
   */
  assigned(partition: Partition): Promise<LogPlace>;
  /**
   * Called with the records from there on, one call at a time for a partition, partitions side by side. Resolving means
   * that the batch is stored, unless the signal is aborted by then. A throw makes the partition start anew with
   * `assigned` after a short pause: nothing is skipped. It may take minutes; the member stays in its group meanwhile.
   * `signal` is aborted when the partition is lost or the consumer stops.
   */
  handle(batch: CommandBatch, signal: AbortSignal): Promise<void>;
  /**
   * The partition went to another member, or the consumer stops. Called after the last `handle` of it has ended. Must
   * not throw.
   */
  revoked(partition: Partition): Promise<void>;
}

export interface ConsumeOptions {
  /** Members of the same group share the partitions; every group sees every record. */
  readonly group: string;
  /** Records in a batch, at most. */
  readonly maxBatch: number;
  readonly handler: CommandHandler;
}

export interface TailOptions {
  /** Where to begin, by partition; index = partition. What lies below may be gone. */
  readonly from: readonly Offset[];
  /**
   * Called with the next records of a partition in order, at least one, each once. Must not block and must not throw.
   */
  records(partition: Partition, records: readonly CommandRecord[]): void;
  /**
   * The log of a partition is another one than was followed, or ends before the place: what was handed over is not in
   * it. Called before its first record, also while it has none. Must not block and must not throw.
   */
  replaced?(partition: Partition): void;
}

/** A reader of the whole queue, beside the groups. */
export interface Tail extends AsyncDisposable {
  /** The next offset of a partition that was not handed over yet. It goes back only where the log was made anew. */
  next(partition: Partition): Offset;
  /** Goes on from there instead, also back to what was handed over before. */
  seek(partition: Partition, to: Offset): void;
  /** Idempotent. No record is handed over from its call on. */
  stop(): Promise<void>;
}

/** A running member of a group. */
export interface Consumer extends AsyncDisposable {
  /** Which partitions this member owns now. */
  owned(): readonly Partition[];
  /**
   * Asks `assigned` anew for a partition that is this member's, also while it waits for commands: what it answered is
   * no longer true. The signal of a running batch is aborted.
   */
  resume(partition: Partition): void;
  /**
   * Ends the running batches within the grace time, hands the partitions over at once, and releases everything.
   * Idempotent.
   */
  stop(): Promise<void>;
}

/**
 * A queue of commands in partitions: commands with the same key stay in the order in which they became durable.
 * Opened by the composition root, closed by it. One contract suite holds both engines to this.
 */
export interface CommandLog extends AsyncDisposable {
  /** Its name: `commands`, `gifticon.requests`. */
  readonly queue: string;
  /** Whose offsets these are. A deployment that changes its engine begins with the other one's own checkpoint. */
  readonly engine: 'postgres' | 'kafka';
  readonly partitions: number;
  /**
   * Resolves when the command is durable. Calls at the same time share a round trip. Called once a mutation.
   * @returns the partition it went to, its offset in there, and when the log took it
   * @throws {LogError} RECORD_TOO_LARGE, LOG_REFUSED: refused for good, nothing was stored. LOG_UNAVAILABLE: it is
   * unknown whether the command was
   * stored; sending the same commandId again is safe.
   */
  append(
    command: CommandEnvelope,
  ): Promise<{ readonly partition: Partition; readonly offset: Offset; readonly at: Date }>;
  consume(options: ConsumeOptions): Promise<Consumer>;
  /**
   * Follows every partition from the given offsets on, without being a member of any group: nothing is kept for it,
   * nobody waits for it, and it leaves nothing behind. It outlives outages of the log; where the log was made anew it
   * begins at its beginning.
   * @returns once it stands, which may take for as long as the log is away: what is appended from then on is handed
   * over within milliseconds
   * @throws {LogError} LOG_UNAVAILABLE: the log is being closed
   */
  tail(options: TailOptions): Promise<Tail>;
  /** The offset after the last durable command of each partition; index = partition. For lag. */
  ends(): Promise<readonly Offset[]>;
  /** Idempotent. Stops consumers and tails that still run. */
  stop(): Promise<void>;
}

/** Under which name a command log's checkpoints, receipts and dead letters are kept. */
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
      ? 'more waits for the log than it can take: send the same again a little later'
      : 'the log did not answer in time: send the same again',
  );

/** For those who come to a log that is being closed. */
export const closing = (queue: string): LogError =>
  new LogError('LOG_UNAVAILABLE', `the log of ${queue} is being closed: send the same again to another server`);

export const isLogError = (error: unknown, code?: LogErrorCode): error is LogError =>
  error instanceof LogError && (code === undefined || error.code === code);
