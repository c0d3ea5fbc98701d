import type { NewEvent } from '../domain/decide.js';
import type { Receipt, Rejection } from '../domain/receipt.js';
import type { EventCatalog } from '../domain/event-catalog.js';
import type { FoldedEvent, LogEntry, RecordedEvent } from '../domain/event.js';
import type {
  CommandId,
  Epoch,
  Offset,
  Partition,
  Position,
  SpanId,
  StreamId,
  TraceId,
  UserId,
} from '../domain/ids.js';
import type { DecidedBatch } from '../log/event-feed.js';
import type { LogEpochs } from '../log/log-epochs.js';
import type { LogMark } from '../log/command-log.js';

/** The part of a stream that a decider does not have in memory. */
export interface LoadedStream {
  /** The last version; 0 for a stream without events. */
  readonly version: number;
  readonly snapshot: { readonly version: number; readonly state: unknown } | null;
  /** After the snapshot, in order. */
  readonly events: readonly RecordedEvent[];
}

/** The outcome of a command, before the log has given it positions. */
export interface Outcome {
  readonly commandId: CommandId;
  readonly fingerprint: string;
  readonly userId: UserId;
  readonly traceId: TraceId;
  /** For its events. */
  readonly span?: SpanId | undefined;
  readonly offset: Offset;
  /** The key of its events. */
  readonly key: string;
  readonly at: Date;
  readonly rejection: Rejection | null;
  /** With the version of each event in its stream. */
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
  /** For an event: its stream, and when its command was accepted. */
  readonly stream?: StreamId;
  readonly recordedAt?: Date;
}

/** A record of a queue that counts its commands by key. */
export interface CountedRecord {
  readonly key: string;
  readonly offset: Offset;
}

/** The number of decided commands of a key, as of a checkpoint. */
export interface DecidedCount {
  readonly decided: number;
  /** The next command of the key's partition. */
  readonly next: Offset;
}

export interface Commit {
  readonly queue: string;
  readonly partition: Partition;
  /** From the checkpoint: the commit is refused if the log went back in time since. */
  readonly epoch: Epoch;
  /** Compare-and-set: the commit is refused unless the checkpoint of the partition stands here. */
  readonly from: Offset;
  /** The checkpoint afterwards. */
  readonly to: Offset;
  /** Identifies the record before it, for a log that needs this. */
  readonly mark?: LogMark | null;
  /** The time of the last decided command of this queue and partition, including this commit; null if none had one. */
  readonly lastAt: Date | null;
  /** Everything below is published. */
  readonly published: Offset;
  readonly outcomes: readonly Outcome[];
  readonly snapshots: readonly Snapshot[];
  readonly deadLetters: readonly DeadLetter[];
  /**
   * In a queue that counts: every record that the checkpoint passes and that counts, in order, with the repetitions.
   */
  readonly counted?: readonly CountedRecord[];
}

/** Milliseconds of a commit: waiting for a connection, and from there to its end. */
export interface CommitTiming {
  readonly waitMs: number;
  readonly commitMs: number;
}

export type CommitResult =
  | { readonly status: 'committed'; readonly batch: DecidedBatch; readonly timing: CommitTiming }
  /**
   * Another decider has moved the checkpoint, so this one no longer owns the partition; or the log is in another epoch.
   * Load the checkpoint and continue there.
   */
  | { readonly status: 'superseded' }
  /**
   * A commandId of the batch has a receipt already, or a stream has moved: read and decide again. Nothing was stored.
   */
  | { readonly status: 'conflict'; readonly on: 'receipt' | 'stream' };

export interface WithdrawnReceipt {
  readonly commandId: CommandId;
  readonly before: Offset;
}

export interface StoredOutcome {
  readonly receipt: Receipt;
  readonly events: readonly RecordedEvent[] | null;
}

export interface CommandCheckpoint {
  readonly epoch: Epoch;
  readonly next: Offset;
  readonly published: Offset;
  /** As stored with `next`; null if there was none, or if the version before has moved the checkpoint since. */
  readonly mark: LogMark | null;
  /** As the last commit stored it. */
  readonly lastAt: Date | null;
}

/**
 * The record: events by stream and version and by partition and position, receipts by commandId, snapshots, and the
 * checkpoint of each command log. A commit is atomic. Errors of the database come through unchanged; `isTransient` says
 * which are worth a retry.
 */
export interface EventStore {
  readonly catalog: EventCatalog;
  readonly epochs: LogEpochs;
  checkpoint(queue: string, partition: Partition): Promise<CommandCheckpoint>;
  /**
   * The next command of each partition of a queue; index = partition, absent or 0 without a decided one. Takes no lock:
   * for observers.
   */
  decidedUpTo(queue: string): Promise<readonly Offset[]>;
  /**
   * The counts of these keys in a queue that counts, with the checkpoints that they belong to: one snapshot. Takes no
   * lock: for observers.
   */
  decidedCounts(
    queue: string,
    keys: readonly { readonly key: string; readonly partition: Partition }[],
  ): Promise<ReadonlyMap<string, DecidedCount>>;
  /**
   * How far the time of each partition's last decided command is ahead of the clock of the store, in milliseconds;
   * negative once the clock has passed it. No later command of the partition is decided at an earlier time. Without
   * partitions that have none. Takes no lock: for observers.
   */
  timeAhead(queue: string): Promise<ReadonlyMap<Partition, number>>;
  /** Streams without events are in the answer, with version 0. */
  loadStreams(streams: readonly StreamId[]): Promise<ReadonlyMap<StreamId, LoadedStream>>;
  /** The existing ones. */
  receipts(commandIds: readonly CommandId[]): Promise<ReadonlyMap<CommandId, Receipt>>;
  /** The same with the events of each command; null if this program cannot read one of them. */
  outcomes(commandIds: readonly CommandId[]): Promise<ReadonlyMap<CommandId, StoredOutcome>>;
  commit(commit: Commit): Promise<CommitResult>;
  /**
   * Deletes provisional receipts of commands that were sent again, and are about to be decided anew: those of this
   * queue whose command came before the given offset.
   */
  withdraw(queue: string, receipts: readonly WithdrawnReceipt[]): Promise<void>;
  /**
   * The results of the commands from this offset on, to publish them again: in order, at most `limit` receipts with all
   * of their events.
   */
  decidedFrom(queue: string, partition: Partition, from: Offset, limit: number): Promise<DecidedBatch | null>;
  /** Saves that everything below is published, without a commit. */
  markPublished(queue: string, partition: Partition, published: Offset): Promise<void>;

  /**
   * The last position of every partition; index = partition. The call also keeps this process on the current branch of
   * the log.
   */
  heads(): Promise<readonly Position[]>;
  /**
   * The entries of a partition after a position, in order, at most `limit`, with those that this program cannot read.
   * For followers of the log.
   */
  readEntries(partition: Partition, after: Position, limit: number): Promise<readonly LogEntry[]>;
  /** The same of one key (a room's, a user's). */
  readKeyEntries(partition: Partition, key: string, after: Position, limit: number): Promise<readonly LogEntry[]>;
  /** The entries of one key before a position, newest first, at most `limit`. Null: from the end. */
  readKeyEntriesBack(
    partition: Partition,
    key: string,
    before: Position | null,
    limit: number,
  ): Promise<readonly LogEntry[]>;

  // The methods below throw an UnreadableEventError if one of the requested events cannot be read.

  /** Events of a partition after a position, in order, at most `limit`. */
  readPartition(partition: Partition, after: Position, limit: number): Promise<readonly RecordedEvent[]>;
  /**
   * The same up to a position, for a fold from the first event. Leaves out the events of the types that the fold does
   * not use. Unknown types are never left out.
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
  /** The events at these positions of a partition, in order: those of receipts. */
  readPositions(partition: Partition, positions: readonly Position[]): Promise<readonly RecordedEvent[]>;
  /** Events with this key (a room's, a user's) after a position, in order, at most `limit`. */
  readKey(partition: Partition, key: string, after: Position, limit: number): Promise<readonly RecordedEvent[]>;
  readStream(stream: StreamId, after: number, limit: number): Promise<readonly RecordedEvent[]>;
}
