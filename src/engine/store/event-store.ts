import type { NewEvent } from '../domain/decide.js';
import type { Receipt, Rejection } from '../domain/receipt.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { FoldedEvent, LogEntry, RecordedEvent } from '../domain/event.js';
import type { CommandId, Epoch, Offset, Partition, Position, StreamId, TraceId, UserId } from '../domain/ids.js';
import type { DecidedBatch } from '../log/event-feed.js';
import type { LogEpochs } from '../log/log-epochs.js';
import type { LogMark } from '../log/command-log.js';

/** What a decider knows of a stream that it has not in memory. */
export interface LoadedStream {
  /** The last version; 0 for a stream that has no events. */
  readonly version: number;
  readonly snapshot: { readonly version: number; readonly state: unknown } | null;
  /** After the snapshot, in order. */
  readonly events: readonly RecordedEvent[];
}

/** A command's outcome, before the log has given it its positions. */
export interface Outcome {
  readonly commandId: CommandId;
  readonly fingerprint: string;
  readonly userId: UserId;
  readonly traceId: TraceId;
  readonly offset: Offset;
  /** The key that its events carry. */
  readonly key: string;
  readonly at: Date;
  readonly rejection: Rejection | null;
  /** With the version that each has in its stream. */
  readonly events: readonly (NewEvent & { readonly version: number })[];
}

export interface Snapshot {
  readonly stream: StreamId;
  readonly version: number;
  readonly state: unknown;
}

export interface DeadLetter {
  /** Where it came from, such as `commands` or `projection:timeline`. */
  readonly source: string;
  readonly partition: Partition;
  /** Offset or position there. */
  readonly place: number;
  readonly key: string | null;
  readonly reason: string;
  readonly payload: string;
  /** Of an event: its stream, and when its command was accepted. */
  readonly stream?: StreamId;
  readonly recordedAt?: Date;
}

export interface Commit {
  readonly queue: string;
  readonly partition: Partition;
  /** As the checkpoint said it: the commit is refused where the log went back in time since. */
  readonly epoch: Epoch;
  /** Compare-and-set: the commit is refused unless the partition's work stopped exactly here. */
  readonly from: Offset;
  /** Where it stops afterwards. */
  readonly to: Offset;
  /** Of the record before it, where the log needs one. */
  readonly mark?: LogMark | null;
  /**
   * The time of the last command of this queue and partition that was decided, with those of this commit; null where
   * none had one.
   */
  readonly lastAt: Date | null;
  /** Everything below is known to be published. */
  readonly published: Offset;
  readonly outcomes: readonly Outcome[];
  readonly snapshots: readonly Snapshot[];
  readonly deadLetters: readonly DeadLetter[];
}

/** What a commit took, in milliseconds: for a connection, and from there to its end. */
export interface CommitTiming {
  readonly waitMs: number;
  readonly commitMs: number;
}

export type CommitResult =
  | { readonly status: 'committed'; readonly batch: DecidedBatch; readonly timing: CommitTiming }
  /**
   * Another decider has moved on, so this one no longer owns the partition; or the log is in another epoch.
   * `checkpoint` tells where to go on.
   */
  | { readonly status: 'superseded' }
  /**
   * A commandId of the batch has a receipt already, or a stream has moved: read again and decide again. Nothing was
   * stored.
   */
  | { readonly status: 'conflict'; readonly on: 'receipt' | 'stream' };

export interface StoredOutcome {
  readonly receipt: Receipt;
  readonly events: readonly RecordedEvent[] | null;
}

export interface CommandCheckpoint {
  readonly epoch: Epoch;
  readonly next: Offset;
  readonly published: Offset;
  /**
   * As it was stored with `next`; null where there was none, also where a program of the version before has moved on.
   */
  readonly mark: LogMark | null;
  /** As the last commit stored it. */
  readonly lastAt: Date | null;
}

/**
 * The record: events by stream and version and by partition and position, receipts by commandId, snapshots, and how far
 * each command log is done. All of a commit is stored or none of it. Errors of the database come through as they are;
 * `isTransient` tells which are worth another try.
 */
export interface EventStore {
  /** The events that the domain knows. */
  readonly catalog: EventCatalog;
  readonly epochs: LogEpochs;
  checkpoint(queue: string, partition: Partition): Promise<CommandCheckpoint>;
  /**
   * The next command of each partition of a queue; index = partition, absent or 0 where none was decided. Locks
   * nothing: for whoever only watches.
   */
  decidedUpTo(queue: string): Promise<readonly Offset[]>;
  /** Streams without events are in the answer too, with version 0. */
  loadStreams(streams: readonly StreamId[]): Promise<ReadonlyMap<StreamId, LoadedStream>>;
  /** Those that exist. */
  receipts(commandIds: readonly CommandId[]): Promise<ReadonlyMap<CommandId, Receipt>>;
  /** The same with the events that each command gave; null where this program cannot read one of them. */
  outcomes(commandIds: readonly CommandId[]): Promise<ReadonlyMap<CommandId, StoredOutcome>>;
  commit(commit: Commit): Promise<CommitResult>;
  /**
   * What the commands from this offset on gave, to publish it again: in order, at most `limit` receipts with all of
   * their events.
   */
  decidedFrom(queue: string, partition: Partition, from: Offset, limit: number): Promise<DecidedBatch | null>;
  /** Says that everything below is published, without a commit. */
  markPublished(queue: string, partition: Partition, published: Offset): Promise<void>;

  /**
   * The last position of every partition; index = partition. Whoever asks keeps this process on the branch of the log
   * that the database has.
   */
  heads(): Promise<readonly Position[]>;
  /**
   * What stands in a partition after a position, in order, at most `limit`: also what this program cannot read. For
   * whoever follows the log.
   */
  readEntries(partition: Partition, after: Position, limit: number): Promise<readonly LogEntry[]>;
  /** The same of one key (a room's, a user's). */
  readKeyEntries(partition: Partition, key: string, after: Position, limit: number): Promise<readonly LogEntry[]>;

  // The rest throws an UnreadableEventError where one of the events asked for cannot be read.

  /** Events of a partition after a position, in order, at most `limit`. */
  readPartition(partition: Partition, after: Position, limit: number): Promise<readonly RecordedEvent[]>;
  /**
   * The same up to a position, for whoever folds from the first event: without the events of these types, which nobody
   * wants there. A type that is unknown is not passed over.
   */
  readRange(
    partition: Partition,
    after: Position,
    upTo: Position,
    without: readonly string[],
    limit: number,
  ): Promise<readonly FoldedEvent[]>;
  /** Events of a partition before a position, newest first, at most `limit`. */
  readPartitionBack(partition: Partition, before: Position, limit: number): Promise<readonly RecordedEvent[]>;
  /** The events at these places of a partition, in order: what receipts tell of. */
  readPositions(partition: Partition, positions: readonly Position[]): Promise<readonly RecordedEvent[]>;
  /** Events with this key (a room's, a user's) after a position, in order, at most `limit`. */
  readKey(partition: Partition, key: string, after: Position, limit: number): Promise<readonly RecordedEvent[]>;
  readStream(stream: StreamId, after: number, limit: number): Promise<readonly RecordedEvent[]>;
}
